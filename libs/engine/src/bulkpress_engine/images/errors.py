"""What a codec raises when an image cannot be had: it is skipped and counted, never the end of a document."""


class UndecodableImageError(Exception):
    """The image's data is damaged, or is not what its dictionary says."""
