"""Names, sizes and shares as people read them: the command, the demo and whoever else shows them do it the same way."""

import re
from decimal import Decimal

UNIT_BYTES = {"": 1, "b": 1, "kb": 10**3, "mb": 10**6, "gb": 10**9, "kib": 2**10, "mib": 2**20, "gib": 2**30}
SIZE = re.compile(r"(?P<count>[0-9]+(?:\.[0-9]+)?) ?(?P<unit>[A-Za-z]*)")


def printable(text: str) -> str:
    """The text for a terminal: file names may hold bytes that are no text, and characters that move the cursor."""
    return "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in text)


def in_bytes(count: int) -> str:
    """A size with three digits and a decimal unit, such as `1.20 MB`."""
    size = float(count)
    for unit in ("B", "kB", "MB", "GB"):
        if abs(size) < 999.5:
            return f"{count} B" if unit == "B" else f"{size:.3g} {unit}"
        size /= 1000
    return f"{size:,.3g} TB"


def byte_count(size: str) -> int:
    """The bytes of a size such as `10MB`, `1.5 MiB` or `800000`; rounded down. Raises ValueError."""
    match = SIZE.fullmatch(size.strip())
    if match is None or match["unit"].lower() not in UNIT_BYTES:
        raise ValueError(f"{size!r} is no size: write it like 800kB, 10MB or 1.5GiB")
    return int(Decimal(match["count"]) * UNIT_BYTES[match["unit"].lower()])


def saved_share(bytes_in: int, bytes_out: int) -> str:
    """How much smaller, in whole percent of the original, such as `-62 %`; never `-100 %` while something is left."""
    share = 100 * (bytes_in - bytes_out) // bytes_in if bytes_in else 0
    return f"-{share} %" if share else "0 %"
