"""What a caller asks of a press, and what it may cost at most."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

MIN_IMAGE_DPI = 36


class Level(StrEnum):
    """How far compression goes. LOW changes nothing that a reader could tell; HIGH is for the screen."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


class SignedPolicy(StrEnum):
    """What to do with a signed document, which any change would invalidate (ISO 32000-2, 12.8)."""

    KEEP = "keep"  # give back the original, byte for byte
    REFUSE = "refuse"  # end in SignedPdfError
    COMPRESS = "compress"  # the caller accepts that the signatures become invalid


class PdfaPolicy(StrEnum):
    """What to do with a document that claims to follow PDF/A (ISO 19005)."""

    KEEP = "keep"  # it stays PDF/A, and forgoes what that forbids
    REFUSE = "refuse"  # end in ArchivalPdfError
    COMPRESS = "compress"  # the claim is taken out of the result, which then may hold what PDF/A forbids


class Step(StrEnum):
    """What a press may do without, because the caller says so or the proof finds harm; the rest does none."""

    LAYERS = "layers"  # scans of text taken apart into mask, foreground and background (MRC)
    FONTS = "fonts"  # subsetted, converted, merged
    CONTENT = "content"  # content streams written shorter
    COARSE = "coarse"  # images as coarse as was asked for, and not a little finer
    PIXELS = "pixels"  # images with fewer or coarser pixels
    IMAGES = "images"  # images stored otherwise, with the same pixels
    STRUCTURE = "structure"  # objects left out, or merged with their equals


Without = frozenset[Step]


@dataclass(frozen=True, slots=True)
class PressOptions:
    """What is asked. `image_quality` is JPEG's 1..100; None leaves it to the level. LOW heeds none.

    With `target_bytes` the level is found: the finest whose result is no larger. `position` stands for a place on the
    axis of quality between the levels, 0..1.
    """

    level: Level = Level.MEDIUM
    image_quality: int | None = None
    on_signed: SignedPolicy = SignedPolicy.KEEP
    password: str = ""
    without: Without = frozenset()
    max_image_dpi: int | None = None  # pixels per inch, instead of the level's
    target_bytes: int | None = None
    position: float | None = None
    linearize: bool = False  # for the web: the first page comes first (ISO 32000-2, annex F), for 1 to 3 % more bytes
    pdfa: PdfaPolicy = PdfaPolicy.KEEP
    grayscale: bool = False  # images, content and shadings; inline images stay in colour and are counted
    strip_metadata: bool = False  # who made it, when and with what: docs/explanation/engine.md says what goes and stays

    def __post_init__(self) -> None:
        if self.image_quality is not None and not 1 <= self.image_quality <= 100:
            raise ValueError(f"image_quality is {self.image_quality}: it must be from 1 to 100")
        if self.max_image_dpi is not None and self.max_image_dpi < MIN_IMAGE_DPI:
            raise ValueError(f"max_image_dpi is {self.max_image_dpi}: it must be at least {MIN_IMAGE_DPI}")
        if self.target_bytes is not None and self.target_bytes < 1:
            raise ValueError(f"target_bytes is {self.target_bytes}: it must be at least 1")
        if self.target_bytes is not None and (self.image_quality, self.position) != (None, None):
            raise ValueError("target_bytes decides the quality itself: leave out image_quality and position")
        if self.grayscale and not self.without.isdisjoint({Step.IMAGES, Step.CONTENT}):
            raise ValueError("grayscale changes images and content: leave out without images and without content")
        if self.position is not None and not 0 <= self.position <= 1:
            raise ValueError(f"position is {self.position}: it must be from 0 to 1")

    def as_dict(self) -> dict[str, Any]:
        """The options as JSON-ready values, the password among them."""
        return asdict(self) | {"without": sorted(self.without)}

    @classmethod
    def from_dict(cls, raw: Mapping[str, Any]) -> "PressOptions":
        """The inverse of `as_dict`."""
        words = {
            "level": Level(raw["level"]),
            "on_signed": SignedPolicy(raw["on_signed"]),
            "pdfa": PdfaPolicy(raw["pdfa"]),
            "without": frozenset(map(Step, raw["without"])),
        }
        return cls(**(dict(raw) | words))


@dataclass(frozen=True, slots=True)
class Limits:
    """What one press may cost. The process limits hold in the sandbox; the others wherever `press` runs."""

    seconds: float = 240.0  # wall clock
    cpu_seconds: int = 240
    memory_bytes: int = 1536 * 2**20  # address space of the child
    output_bytes: int = 4 * 2**30  # largest file the child may write
    pages: int = 200_000
    objects: int = 5_000_000
    image_pixels: int = 120_000_000  # of one image, four times as many with one bit each; a larger one is left as it is
    stream_bytes: int = 256 * 2**20  # decoded length of one stream; a larger one is left as it is
    nesting: int = 100  # forms drawn inside forms, containers inside containers
    content_operators: int = 2_000_000  # read per document while looking for drawn images; past it, images are left


DEFAULT_LIMITS = Limits()
