"""The gray of single colours in any colour space (ISO 32000-2, 8.6)."""

import math
from collections.abc import Sequence
from itertools import product

import numpy as np
from pikepdf import Array, Dictionary, Name, Object, Pdf, Stream

from bulkpress_engine.grayscale.shown import Levels, UnshownError, samples_shown
from bulkpress_engine.images.facts import whole
from bulkpress_engine.objects import spelt

GRAY = frozenset({"/DeviceGray", "/G", "/CalGray"})
RGB = frozenset({"/DeviceRGB", "/RGB"})
COMPONENTS = {"/DeviceRGB": 3, "/RGB": 3, "/CalRGB": 3, "/Lab": 3, "/DeviceCMYK": 4, "/CMYK": 4, "/Indexed": 1,
              "/I": 1, "/Separation": 1, **dict.fromkeys(GRAY, 1)}  # fmt: skip
STEPS = {1: 256, 2: 86, 3: 52, 4: 16}  # of a table along each component; all are whole steps of 8 bits
LUMA = (0.299, 0.587, 0.114)  # ITU-R BT.601
MOST_ASKED = 2_000  # colours of more components than a table has
# Readers show black ink as a very dark gray. In gray it is black, or text would be printed as dots.
BLACK_INK = 36


class NoGrayError(Exception):
    """What gray this colour is cannot be told."""


def family(space: object) -> str:
    """The name of a colour space's family; empty for what is none."""
    if isinstance(space, Array) and len(space):
        space = space[0]
    return spelt(space) if isinstance(space, Name) else ""


def is_pattern(space: object) -> bool:
    """Whether it is a Pattern space (8.6.6.2)."""
    return family(space) == "/Pattern"


def is_gray(space: object) -> bool:
    """Whether its colours are gray as they are, or no colours at all: ink by the name of None is never seen."""
    kind = family(space)
    if kind in {"/Indexed", "/I"} and isinstance(space, Array) and len(space) > 1:
        return is_gray(space[1])
    if kind == "/ICCBased":
        return components_of(space) == 1
    if kind in {"/Separation", "/DeviceN"} and isinstance(space, Array) and len(space) > 1:
        inks = list(space[1]) if isinstance(space[1], Array) else [space[1]]
        return all(spelt(ink) == "/None" for ink in inks)
    return kind in GRAY


def is_coloured(space: object) -> bool:
    """Whether its colours have a gray that can be told."""
    return not is_gray(space) and components_of(space) > 0


def components_of(space: object) -> int:
    """How many numbers a colour has; 0 where nobody knows."""
    kind = family(space)
    if isinstance(space, Array) and len(space) > 1:
        if kind == "/ICCBased":
            count = whole(space[1].get(Name.N)) if isinstance(space[1], Stream) else 0
            return count if count in {1, 3, 4} else 0
        if kind == "/DeviceN":
            return len(space[1]) if isinstance(space[1], Array) else 0
    return COMPONENTS.get(kind, 0)


def initial(space: object) -> list[float]:
    """The colour that choosing a space chooses (8.6.8)."""
    kind, count = family(space), components_of(space)
    if kind in {"/Separation", "/DeviceN"}:
        return [1.0] * count
    if kind in {"/DeviceCMYK", "/CMYK"}:
        return [0.0, 0.0, 0.0, 1.0]
    return [0.0] * count


class Grays:
    """Tells, and remembers, how gray colours are, on a scale of 0..1."""

    def __init__(self, pdf: Pdf) -> None:
        self.pdf = pdf
        self._tables: dict[bytes, Levels] = {}
        self._asked: dict[tuple[bytes, tuple[int, ...]], float] = {}

    def of(self, space: Object, values: Sequence[float]) -> float:
        """The gray of one colour, black ink being black. Raises NoGrayError."""
        if len(values) != components_of(space):
            raise NoGrayError(f"{len(values)} numbers in {family(space)}")
        if is_gray(space):
            return _clipped(values[0])
        if family(space) in RGB:
            return sum(share * _clipped(value) for share, value in zip(LUMA, values, strict=True))
        level = self._level(
            space, [_sample(value, *bounds) for value, bounds in zip(values, _ranges(space), strict=True)]
        )
        return 0.0 if is_ink(space) and level <= BLACK_INK else level / 255

    def levels(self, space: Object, samples: Levels) -> Levels:
        """The gray 0..255 of samples of 8 bits, colours x components, black ink being black. Raises NoGrayError."""
        try:
            shown = samples_shown(self.pdf, space, samples)
        except UnshownError as error:
            raise NoGrayError(str(error)) from error
        return np.where(shown <= BLACK_INK, 0, shown).astype(np.uint8) if is_ink(space) else shown

    def _level(self, space: Object, samples: Sequence[float]) -> float:
        key = space.unparse()
        if len(samples) not in STEPS:
            return self._asked_for(space, key, tuple(round(sample) for sample in samples))
        if key not in self._tables:
            self._tables[key] = self._table(space, len(samples))
        return _between(self._tables[key], samples)

    def _asked_for(self, space: Object, key: bytes, samples: tuple[int, ...]) -> float:
        if (key, samples) not in self._asked:
            if len(self._asked) >= MOST_ASKED:
                raise NoGrayError("more colours of many inks than are asked for")
            self._asked[key, samples] = float(self._shown(space, np.array([samples], np.uint8))[0])
        return self._asked[key, samples]

    def _table(self, space: Object, components: int) -> Levels:
        steps = STEPS[components]
        axis = np.arange(steps, dtype=np.uint8) * np.uint8(255 // (steps - 1))
        grid = np.stack(np.meshgrid(*[axis] * components, indexing="ij"), axis=-1)
        return self._shown(space, grid.reshape(-1, components)).reshape([steps] * components)

    def _shown(self, space: Object, samples: Levels) -> Levels:
        try:
            return samples_shown(self.pdf, space, samples)
        except UnshownError as error:
            raise NoGrayError(str(error)) from error


def is_ink(space: object) -> bool:
    """Whether its colours are amounts of ink."""
    kind = family(space)
    if kind in {"/Indexed", "/I"} and isinstance(space, Array) and len(space) > 1:
        return is_ink(space[1])
    return kind in {"/DeviceCMYK", "/CMYK", "/Separation", "/DeviceN"} or (
        kind == "/ICCBased" and components_of(space) == 4
    )


def _ranges(space: object) -> list[tuple[float, float]]:
    """What the lowest and the highest sample of each component mean to an image (ISO 32000-2, table 88)."""
    kind = family(space)
    if kind in {"/Indexed", "/I"}:
        return [(0.0, 255.0)]
    if kind == "/Lab" and isinstance(space, Array):
        bounds = space[1].get(Name.Range) if isinstance(space[1], Dictionary) else None
        numbers = [float(number) for number in bounds] if isinstance(bounds, Array) else [-100.0, 100.0, -100.0, 100.0]
        if len(numbers) == 4:
            return [(0.0, 100.0), (numbers[0], numbers[1]), (numbers[2], numbers[3])]
    return [(0.0, 1.0)] * components_of(space)


def _sample(value: float, low: float, high: float) -> float:
    return 255 * _clipped((value - low) / (high - low)) if high > low else 0.0


def _clipped(value: float) -> float:
    return min(1.0, max(0.0, value)) if math.isfinite(value) else 0.0


def _between(table: Levels, samples: Sequence[float]) -> float:
    """The table at samples of 0..255, in between by its neighbours (linear along each component)."""
    places = [sample * (table.shape[0] - 1) / 255 for sample in samples]
    corners = [min(int(place), table.shape[0] - 2) for place in places]
    shares = [place - corner for place, corner in zip(places, corners, strict=True)]
    level = 0.0
    for far in product((0, 1), repeat=len(samples)):
        weight = math.prod(share if one else 1 - share for share, one in zip(shares, far, strict=True))
        if weight:
            level += weight * float(table[tuple(corner + one for corner, one in zip(corners, far, strict=True))])
    return level
