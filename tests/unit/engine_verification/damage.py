"""Takes a document made by pdf_factory, does something to it, and has the result verified against it."""

import io
import warnings
from collections.abc import Callable
from pathlib import Path

from pikepdf import Name, ObjectStreamMode, Pdf, Stream
from pikepdf.exceptions import PageCopyWarning
from PIL import Image

from bulkpress_engine.options import DEFAULT_LIMITS, Level, PressOptions
from bulkpress_engine.press import press_proven
from bulkpress_engine.verification import Verdict, verify

Change = Callable[[Pdf], None]
LOW = PressOptions(level=Level.LOW)


def verdict_on(
    folder: Path, document: bytes, change: Change, options: PressOptions = LOW, *, keep_encryption: bool = True
) -> Verdict:
    """What verification says of `document` after `change`, saved anew with object streams."""
    source, pressed = folder / "source.pdf", folder / "pressed.pdf"
    source.write_bytes(document)
    with Pdf.open(source, password=options.password) as pdf:
        change(pdf)
        encryption = keep_encryption if pdf.is_encrypted else None
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", PageCopyWarning)  # widgets without their form are the harm done
            pdf.save(pressed, object_stream_mode=ObjectStreamMode.generate, encryption=encryption)
    return verify(source, pressed, options=options)


def verdict_on_attack(folder: Path, document: bytes, attack: Change, options: PressOptions) -> Verdict:
    """What verification says of `document` after a press that was proven harmless and then harmed by `attack`."""
    source, pressed = folder / "source.pdf", folder / "pressed.pdf"
    source.write_bytes(document)
    press_proven(source, pressed, options, DEFAULT_LIMITS, lambda *_, **__: Verdict())
    assert verify(source, pressed, options=options).findings == ()
    with Pdf.open(pressed, allow_overwriting_input=True) as pdf:
        attack(pdf)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", PageCopyWarning)
            pdf.save(pressed, object_stream_mode=ObjectStreamMode.generate)
    return verify(source, pressed, options=options)


def unchanged(pdf: Pdf) -> None:
    """No change but the rewrite."""


def first_words(verdict: Verdict) -> set[str]:
    """The aspects of all findings."""
    return {finding.partition(":")[0] for finding in verdict.findings}


def images_of(pdf: Pdf) -> list[Stream]:
    """All image XObjects, in order."""
    return [one for one in pdf.objects if isinstance(one, Stream) and one.get(Name.Subtype) == Name.Image]


def replace_image(image: Stream, picture: Image.Image, quality: int) -> None:
    """Put a JPEG of `picture` in the place of the image's data."""
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=quality)
    image.write(buffer.getvalue(), filter=Name.DCTDecode)
    image.Width, image.Height = picture.size
