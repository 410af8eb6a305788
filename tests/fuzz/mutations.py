"""A document with some of its values replaced by odd ones: what flipping bytes takes an hour to come by."""

import io
import random
import warnings
from collections.abc import Callable
from typing import Any

from pikepdf import Array, Dictionary, Name, Object, Pdf, PdfError, Stream, String

MOST_CHANGES = 4
BROKEN = (PdfError, ArithmeticError, AttributeError, LookupError, TypeError, ValueError, RuntimeError)

ODD_NUMBERS = (0, 1, -1, 2, 8, 255, 2**15, 2**31 - 1, -(2**31), 10**12)
ODD_NAMES = ("/", "/X", "/Image", "/Form", "/DeviceRGB", "/DeviceN", "/Indexed", "/FlateDecode", "/DCTDecode",
             "/JPXDecode", "/JBIG2Decode", "/LZWDecode", "/CCITTFaxDecode", "/Identity-H", "/Type0", "/Type1", "/Type3",
             "/TrueType", "/CIDFontType0C", "/Page", "/Pages", "/Widget", "/Sig", "/OCG", "/Metadata")  # fmt: skip


def _any_object(pdf: Pdf, chance: random.Random) -> Object:
    return pdf.objects[chance.randrange(len(pdf.objects))]


Odd = Callable[[Pdf, random.Random], Any]
ODD_VALUES: tuple[Odd, ...] = (
    lambda _pdf, chance: chance.choice(ODD_NUMBERS),
    lambda _pdf, chance: chance.uniform(-1e6, 1e6),
    lambda _pdf, chance: Name(chance.choice(ODD_NAMES)),
    lambda _pdf, chance: String(chance.randbytes(chance.randrange(40))),
    lambda _pdf, chance: chance.random() < 0.5,
    lambda _pdf, _chance: Array(),
    lambda _pdf, chance: Array([chance.choice(ODD_NUMBERS) for _ in range(chance.randrange(1, 12))]),
    lambda _pdf, _chance: Dictionary(),
    lambda pdf, chance: pdf.make_stream(chance.randbytes(chance.randrange(200))),
    _any_object,  # another of the document's: loops and shared parts come of it
)


def mutated(document: bytes, chance: random.Random) -> bytes:
    """The document after a few changes to its objects; as it was if it does not open."""
    try:
        with Pdf.open(io.BytesIO(document)) as pdf:
            for _ in range(chance.randint(1, MOST_CHANGES)):
                _change(pdf, chance)
            return _written(pdf)
    except BROKEN:
        return document


def _change(pdf: Pdf, chance: random.Random) -> None:
    holder = _any_object(pdf, chance)
    for _ in range(chance.randrange(4)):  # into what lies inside
        inner = [value for value in _values(holder) if isinstance(value, Array | Dictionary)]
        holder = chance.choice(inner) if inner else holder
    if isinstance(holder, Stream) and chance.random() < 0.4:
        _change_data(holder, chance)
    elif isinstance(holder, Array) and len(holder):
        holder[chance.randrange(len(holder))] = chance.choice(ODD_VALUES)(pdf, chance)
    elif isinstance(holder, Dictionary | Stream) and (keys := sorted(holder.keys())):
        key = chance.choice(keys)
        if chance.random() < 0.3:
            del holder[key]
        else:
            holder[key] = chance.choice(ODD_VALUES)(pdf, chance)


def _change_data(stream: Stream, chance: random.Random) -> None:
    """Overwrite, double or cut some of what the stream decodes to, or of its raw bytes where it is an image codec's."""
    names = (Name.Filter, Name.DecodeParms)
    try:
        data, kept = stream.read_bytes(), {}
    except BROKEN:
        data, kept = stream.read_raw_bytes(), {name: stream[name] for name in names if name in stream}
    at = chance.randrange(len(data) + 1)
    length = chance.randrange(1, 40)
    change = chance.choice([
        data[:at] + chance.randbytes(length) + data[at + length :],
        data[:at] + data[at : at + length] * 2 + data[at + length :],
        data[:at] + data[at + length :],
        data[:at],
    ])  # fmt: skip
    stream.write(change)
    for name, value in kept.items():
        stream[name] = value


def _values(holder: Object) -> list[Object]:
    if isinstance(holder, Array):
        return list(holder)
    return list(dict(holder.items()).values()) if isinstance(holder, Dictionary | Stream) else []


def _written(pdf: Pdf) -> bytes:
    out = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # on pages and widgets that make no sense: they are meant not to
        pdf.save(out, static_id=True, compress_streams=False)
    return out.getvalue()
