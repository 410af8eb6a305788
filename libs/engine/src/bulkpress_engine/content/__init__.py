"""Content streams written shorter (ISO 32000-2, 7.8.2): the same operations, on numbers the same to the eye."""

from bulkpress_engine.content.rewriting import Rewritten, largest_scale, rewritten
from bulkpress_engine.content.tokens import UnreadableContentError

__all__ = ["Rewritten", "UnreadableContentError", "largest_scale", "rewritten"]
