"""A shading in gray (ISO 32000-2, 8.7.4.5): its function becomes a table of what is shown, or its mesh gets grays."""

from collections.abc import Iterator

import numpy as np
from pikepdf import Array, Dictionary, Name, Object, Stream

from bulkpress_engine.filters import content_bytes, deflated
from bulkpress_engine.grayscale.colours import Grays, NoGrayError, components_of, is_coloured
from bulkpress_engine.grayscale.shown import Levels, UnshownError, shading_shown

STEPS = 256  # of a function along its input: as many as there are levels of gray
GRID = 64  # likewise, of a function of two inputs along each
BY_FUNCTION, ALONG_A_LINE, MESHES = 1, frozenset({2, 3}), frozenset({4, 5, 6, 7})
LATTICE = 5  # a mesh without flags
POINTS = {4: {0: 1, 1: 1, 2: 1}, 5: {0: 1}, 6: {0: 12, 1: 8, 2: 8, 3: 8}, 7: {0: 16, 1: 12, 2: 12, 3: 12}}
COLOURS = {4: {0: 1, 1: 1, 2: 1}, 5: {0: 1}, 6: {0: 4, 1: 2, 2: 2, 3: 2}, 7: {0: 4, 1: 2, 2: 2, 3: 2}}
MOST_VERTICES = 200_000


def is_shading(value: object) -> bool:
    """Whether this is a shading's dictionary, or its stream."""
    return isinstance(value, Dictionary | Stream) and Name.ShadingType in value and Name.ColorSpace in value


def turn_shading_gray(shading: Dictionary | Stream, grays: Grays, cap_bytes: int) -> None:
    """Let the shading be gray. Raises NoGrayError where that is not known how, and UndecodableStreamError."""
    space, kind = shading[Name.ColorSpace], int(shading[Name.ShadingType])
    if not is_coloured(space):
        return
    background = shading.get(Name.Background)
    gray_background = None if background is None else grays.of(space, [float(number) for number in background])
    try:
        _turn(shading, kind, space, grays, cap_bytes)
    except (UnshownError, KeyError, ValueError, TypeError) as error:
        raise NoGrayError(str(error)) from error
    shading[Name.ColorSpace] = Name.DeviceGray
    if gray_background is not None:
        shading[Name.Background] = Array([gray_background])


def _turn(shading: Dictionary | Stream, kind: int, space: Object, grays: Grays, cap_bytes: int) -> None:
    if kind == BY_FUNCTION:
        shading[Name.Function] = _function_of_two(shading, grays)
    elif kind in ALONG_A_LINE or (kind in MESHES and Name.Function in shading):
        shading[Name.Function] = _function_of_one(shading, kind, space, grays)
    elif kind in MESHES and isinstance(shading, Stream):
        data, bits = _gray_mesh(shading, kind, space, grays, content_bytes(shading, cap_bytes))
        decode = [float(bound) for bound in shading[Name.Decode]][:4]
        shading.write(deflated(data, 6), filter=Name.FlateDecode)
        shading[Name.Decode], shading[Name.BitsPerComponent] = Array([*decode, 0, 1]), bits
    else:
        raise NoGrayError(f"a shading of type {kind}")


def _function_of_one(shading: Dictionary | Stream, kind: int, space: Object, grays: Grays) -> Stream:
    """The gray that the shading's function gives along its input, as a table."""
    if kind in MESHES:
        low, high = (float(bound) for bound in list(shading[Name.Decode])[4:6])
    else:
        low, high = (float(bound) for bound in shading.get(Name.Domain, Array([0, 1])))
    line = Dictionary(ShadingType=2, ColorSpace=space, Coords=Array([0, 0, STEPS, 0]), Domain=Array([low, high]),
                      Function=shading[Name.Function], Extend=Array([True, True]))  # fmt: skip
    levels = shading_shown(grays.pdf, line, (STEPS, 4))[1]
    return _sampled(grays, levels, [low, high], [STEPS])


def _function_of_two(shading: Dictionary | Stream, grays: Grays) -> Stream:
    """The same over both inputs of a shading that is one function of the place."""
    x0, x1, y0, y1 = (float(bound) for bound in shading.get(Name.Domain, Array([0, 1, 0, 1])))
    if x1 <= x0 or y1 <= y0:
        raise NoGrayError("a function of no place")
    across, up = GRID / (x1 - x0), GRID / (y1 - y0)
    square = Dictionary(
        ShadingType=1,
        ColorSpace=shading[Name.ColorSpace],
        Domain=Array([x0, x1, y0, y1]),
        Matrix=Array([across, 0, 0, up, -x0 * across, -y0 * up]),
        Function=shading[Name.Function],
    )
    levels = shading_shown(grays.pdf, square, (GRID, GRID))[::-1]  # the first sample is at the lower left
    return _sampled(grays, levels, [x0, x1, y0, y1], [GRID, GRID])


def _sampled(grays: Grays, levels: Levels, domain: list[float], size: list[int]) -> Stream:
    """A sampled function (7.10.2) of these levels."""
    function = grays.pdf.make_stream(
        b"", FunctionType=0, Domain=Array(domain), Range=Array([0, 1]), Size=Array(size), BitsPerSample=8
    )
    function.write(deflated(np.ascontiguousarray(levels).tobytes(), 6), filter=Name.FlateDecode)
    return function


def _gray_mesh(shading: Stream, kind: int, space: Object, grays: Grays, data: bytes) -> tuple[bytes, int]:
    """The mesh's data with one component to a colour, and the bits of it (8.7.4.5.5 to 8.7.4.5.8)."""
    flag_bits = 0 if kind == LATTICE else int(shading[Name.BitsPerFlag])
    place_bits, bits = int(shading[Name.BitsPerCoordinate]), int(shading[Name.BitsPerComponent])
    bounds = [float(bound) for bound in shading[Name.Decode]][4:]
    components = components_of(space)
    if (
        len(bounds) != 2 * components
        or not 1 <= bits <= 16
        or not 1 <= place_bits <= 32
        or flag_bits not in {0, 2, 4, 8}
    ):
        raise NoGrayError("a mesh of unusual numbers")
    out = bytearray()
    reader = _Bits(data)
    for _ in range(MOST_VERTICES):
        if reader.left < flag_bits + 2 * place_bits + components * bits:
            return bytes(out), 8
        flag = reader.take(flag_bits) & 3 if flag_bits else 0
        if flag not in POINTS[kind]:
            raise NoGrayError("a mesh with an unknown flag")
        places = reader.take(2 * place_bits * POINTS[kind][flag])
        colours = list(_colours(reader, COLOURS[kind][flag], components, bits, bounds))
        reader.align()
        written = _Packed()
        written.put(flag, flag_bits)
        written.put(places, 2 * place_bits * POINTS[kind][flag])
        for colour in colours:
            written.put(round(255 * grays.of(space, colour)), 8)
        out += written.bytes()
    raise NoGrayError("a mesh of very many points")


def _colours(reader: "_Bits", count: int, components: int, bits: int, bounds: list[float]) -> Iterator[list[float]]:
    most = (1 << bits) - 1
    for _ in range(count):
        yield [
            bounds[2 * number] + (bounds[2 * number + 1] - bounds[2 * number]) * reader.take(bits) / most
            for number in range(components)
        ]


class _Bits:
    """Bits read from the highest on."""

    def __init__(self, data: bytes) -> None:
        self._data, self._at = data, 0

    @property
    def left(self) -> int:
        return 8 * len(self._data) - self._at

    def take(self, count: int) -> int:
        """The next bits as a number. Raises ValueError where there are not so many."""
        if count > self.left:
            raise ValueError("the mesh ends early")
        first, last = self._at // 8, (self._at + count + 7) // 8
        window = int.from_bytes(self._data[first:last])
        self._at += count
        return window >> (8 * last - self._at) & ((1 << count) - 1)

    def align(self) -> None:
        """Go on at the next byte: each vertex begins with one."""
        self._at = (self._at + 7) // 8 * 8


class _Packed:
    """Bits written from the highest on."""

    def __init__(self) -> None:
        self._value, self._count = 0, 0

    def put(self, value: int, count: int) -> None:
        self._value, self._count = self._value << count | value, self._count + count

    def bytes(self) -> bytes:
        """All of them, padded to whole bytes."""
        padding = -self._count % 8
        return (self._value << padding).to_bytes((self._count + padding) // 8)
