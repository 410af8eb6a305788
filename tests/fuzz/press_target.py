"""The target: any bytes are pressed at some level, and end in a result that is no larger, or in a coded error."""

import tempfile
import zlib
from pathlib import Path

from bulkpress_engine.errors import EngineCrashError, EngineError
from bulkpress_engine.options import Level, Limits, PressOptions, SignedPolicy
from bulkpress_engine.press import press

LIMITS = Limits(
    pages=200, objects=20_000, image_pixels=500_000, stream_bytes=4 * 2**20, nesting=50, content_operators=50_000
)


class FindingError(Exception):
    """The engine broke a promise on these bytes."""


def press_any_bytes(data: bytes) -> None:
    """Press `data` as a document. Raises FindingError, or whatever else the engine lets through."""
    with tempfile.TemporaryDirectory(prefix="fuzz-") as name:
        source, target = Path(name, "source.pdf"), Path(name, "target.pdf")
        source.write_bytes(data)
        try:
            report = press(source, target, options_for(data), LIMITS)
        except EngineCrashError as error:
            raise FindingError(str(error)) from error
        except EngineError:
            if target.exists():
                raise FindingError("there is a target beside an error") from None
            return
        if source.read_bytes() != data:
            raise FindingError("the source has changed")
        if target.stat().st_size != report.bytes_out or report.bytes_out > len(data):
            raise FindingError(f"{len(data)} bytes became {target.stat().st_size}, said to be {report.bytes_out}")
        if any(given.endswith(".crash") for given in report.given_up):
            raise FindingError(f"a step ended unexpectedly: {report.fallbacks}")


def options_for(data: bytes) -> PressOptions:
    """Every level has its turn, and the same bytes always the same."""
    levels = list(Level)
    return PressOptions(levels[zlib.crc32(data) % len(levels)], on_signed=SignedPolicy.COMPRESS)
