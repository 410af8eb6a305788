"""A document in shades of gray: its images, its content, its shadings, each as gray as it is shown."""

from bulkpress_engine.grayscale.document import has_colours, turn_gray

__all__ = ["has_colours", "turn_gray"]
