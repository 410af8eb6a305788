"""What the bytes of a file can be, in words for machines and for people."""

from collections import Counter
from collections.abc import Mapping
from enum import StrEnum


class Kind(StrEnum):
    """What a byte of a file is for. Wording for people: KIND_WORDS."""

    JPEG = "images_jpeg"
    JPX = "images_jpx"
    CCITT = "images_ccitt"
    JBIG2 = "images_jbig2"
    SAMPLES = "images_samples"  # pixels as they are, under Flate and its like
    FONTS = "fonts"  # font programs, Type 3 glyphs, CMaps
    CONTENT = "content"  # of pages, forms, patterns and appearances
    COLOUR = "colour"  # ICC profiles, palettes, functions
    METADATA = "metadata"  # XMP, thumbnails, private data of programs
    ATTACHMENTS = "attachments"
    STRUCTURE = "structure"  # objects, cross-references, and what no object claims
    UNUSED = "unused"  # streams that nothing refers to
    OTHER = "other"


KIND_WORDS: Mapping[Kind, str] = {
    Kind.JPEG: "JPEG images",
    Kind.JPX: "JPEG 2000 images",
    Kind.CCITT: "fax-coded images",
    Kind.JBIG2: "JBIG2 images",
    Kind.SAMPLES: "images without a codec of their own",
    Kind.FONTS: "fonts",
    Kind.CONTENT: "page content",
    Kind.COLOUR: "colour profiles",
    Kind.METADATA: "metadata",
    Kind.ATTACHMENTS: "attachments",
    Kind.STRUCTURE: "structure",
    Kind.UNUSED: "unused objects",
    Kind.OTHER: "other data",
}

IMAGE_KINDS = frozenset({Kind.JPEG, Kind.JPX, Kind.CCITT, Kind.JBIG2, Kind.SAMPLES})


def largest_share(parts: Mapping[Kind, int]) -> tuple[str, float]:
    """What fills most of a file, in words, and its share 0..1 of all; images of all codings count as one."""
    grouped: Counter[str] = Counter()
    for kind, size in parts.items():
        grouped["images" if kind in IMAGE_KINDS else KIND_WORDS[kind]] += size
    words, size = grouped.most_common(1)[0]
    return words, size / max(1, grouped.total())
