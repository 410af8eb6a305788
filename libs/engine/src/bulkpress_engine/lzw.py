"""LZWDecode (ISO 32000-2, 7.4.4.2) under a cap: one code expands up to 4,000 bytes, so it must not run free."""

CLEAR, END, FIRST_FREE = 256, 257, 258
MAX_CODES = 4096
SINGLES = [bytes([value]) for value in range(256)] + [b"", b""]


def lzw_decoded(data: bytes, cap_bytes: int, *, early_change: bool = True) -> bytes:
    """The decoded bytes, cut shortly after `cap_bytes`, and before a code that cannot be."""
    early = 1 if early_change else 0
    out = bytearray()
    table = SINGLES.copy()
    width = 9
    previous = b""
    window = bits = 0
    for byte in data:
        window = (window << 8 | byte) & 0xFFFFFF
        bits += 8
        if bits < width:
            continue
        bits -= width
        code = window >> bits & (1 << width) - 1
        if code == CLEAR:
            table, width, previous = SINGLES.copy(), 9, b""
            continue
        if code == END or code > len(table) or (code == len(table) and not previous):
            break
        entry = table[code] if code < len(table) else previous + previous[:1]
        out += entry
        if len(out) > cap_bytes:
            break
        if previous and len(table) < MAX_CODES:
            table.append(previous + entry[:1])
        previous = entry
        width = min(12, max(9, (len(table) + early).bit_length()))
    return bytes(out)
