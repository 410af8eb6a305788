"""Names, sizes and shares as people read them: the command, the demo and whoever else shows them do it the same way."""


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


def saved_share(bytes_in: int, bytes_out: int) -> str:
    """How much smaller, in whole percent of the original, such as `-62 %`; never `-100 %` while something is left."""
    share = 100 * (bytes_in - bytes_out) // bytes_in if bytes_in else 0
    return f"-{share} %" if share else "0 %"
