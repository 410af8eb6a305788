"""Settings of the graphics state that are made again with the value they have (ISO 32000-2, 8.4.4, 8.6.8 and 9.3)."""

from collections.abc import Mapping

# What each operator sets. Whatever else sets the same makes it unknown again.
SETS: Mapping[bytes, bytes] = {
    b"w": b"w", b"J": b"J", b"j": b"j", b"M": b"M", b"i": b"i", b"d": b"d",
    b"g": b"fill", b"rg": b"fill", b"k": b"fill", b"G": b"stroke", b"RG": b"stroke", b"K": b"stroke",
    b"Tf": b"Tf", b"Tr": b"Tr", b"Tz": b"Tz",
}  # fmt: skip
UNSETS: Mapping[bytes, bytes] = {
    b"cs": b"fill", b"sc": b"fill", b"scn": b"fill", b"CS": b"stroke", b"SC": b"stroke", b"SCN": b"stroke",
}  # fmt: skip
UNSETS_ALL = frozenset({b"gs", b"BX", b"EX", b"d1"})  # and every operator that nobody knows
KNOWN = frozenset(
    b"b B b* B* BDC BI BMC BT BX c cm CS cs d d0 d1 Do DP EI EMC ET EX f F f* G g gs h i ID j J K k l m M MP n q Q re "
    b"RG rg ri s S SC sc SCN scn sh T* Tc Td TD Tf Tj TJ TL Tm Tr Ts Tw Tz v w W W* y ' \"".split()
)


class Settings:
    """What is known to be set, within one level of q and Q."""

    def __init__(self) -> None:
        self._known: dict[bytes, bytes] = {}
        self._saved: list[dict[bytes, bytes]] = []

    def save(self) -> None:
        """Note a `q`."""
        self._saved.append(self._known.copy())

    def restore(self) -> None:
        """Note a `Q`."""
        self._known = self._saved.pop() if self._saved else {}

    def says_nothing_new(self, operator: bytes, operation: bytes) -> bool:
        """Whether `operation`, spelt out, sets what is set; from then on it is known to be."""
        subject = SETS.get(operator)
        if subject is not None:
            is_known = self._known.get(subject) == operation
            self._known[subject] = operation
            return is_known
        if operator in UNSETS:
            self._known.pop(UNSETS[operator], None)
        elif operator in UNSETS_ALL or operator not in KNOWN:
            self._known.clear()
        return False
