"""The closed vocabulary of findings."""

from enum import StrEnum


class Aspect(StrEnum):
    """What was compared: the first word of every finding."""

    OPENING = "opening"
    PAGES = "pages"
    BOXES = "boxes"
    LINKS = "links"
    ANNOTATIONS = "annotations"
    OUTLINES = "outlines"
    DESTINATIONS = "destinations"
    FIELDS = "fields"
    SIGNATURES = "signatures"
    TAGS = "tags"
    ATTACHMENTS = "attachments"
    LAYERS = "layers"
    LABELS = "labels"
    METADATA = "metadata"
    ENCRYPTION = "encryption"
    VIEWING = "viewing"
    ACTIONS = "actions"
    TEXT = "text"
    RENDERING = "rendering"
    DRAWING = "drawing"  # the same, of a page none of whose pictures was changed
    COLOUR = "colour"
    CRASH = "crash"  # a pass ended unexpectedly, so there is no result to compare
    COMPARISON = "comparison"  # it could not be finished, which proves nothing either way, so the result is not proven
