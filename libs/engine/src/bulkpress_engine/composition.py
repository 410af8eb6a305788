"""What the bytes of a file are: every stream has a kind by what refers to it, and the rest is structure."""

from collections import Counter
from collections.abc import Iterator, Mapping

from pikepdf import Array, Name, Object, Pdf, Stream

from bulkpress_engine.filters import filters_of
from bulkpress_engine.images.facts import CODINGS, Coding
from bulkpress_engine.kinds import Kind
from bulkpress_engine.objects import CONTAINERS, ObjGen, entries

OF_CODING = {
    Coding.JPEG: Kind.JPEG,
    Coding.JPX: Kind.JPX,
    Coding.CCITT: Kind.CCITT,
    Coding.JBIG2: Kind.JBIG2,
}
OF_ENTRY: Mapping[str, Kind] = {
    "/FontFile": Kind.FONTS,
    "/FontFile2": Kind.FONTS,
    "/FontFile3": Kind.FONTS,
    "/ToUnicode": Kind.FONTS,
    "/CIDToGIDMap": Kind.FONTS,
    "/CIDSet": Kind.FONTS,
    "/Encoding": Kind.FONTS,
    "/UseCMap": Kind.FONTS,
    "/CharProcs": Kind.FONTS,
    "/Contents": Kind.CONTENT,
    "/DestOutputProfile": Kind.COLOUR,
    "/Metadata": Kind.METADATA,
    "/Thumb": Kind.METADATA,
    "/PieceInfo": Kind.METADATA,
    "/EF": Kind.ATTACHMENTS,
}
"""By the entry that refers to a stream, or to what holds it directly or through references."""

HANDED_ON = frozenset({"/CharProcs", "/PieceInfo", "/EF"})  # to all that hangs below the entry
COLOUR_SPACES = (Name.ICCBased, Name.Indexed, Name.Separation, Name.DeviceN)
PRIVATE = "/PieceInfo"  # may refer to what is drawn as well, and is therefore looked at last


def composition(pdf: Pdf, file_bytes: int) -> dict[Kind, int]:
    """The bytes of a file of `file_bytes` by kind, largest first; they add up to the file.

    `pdf` is the file as it was opened. Streams count as they are stored, and what is left is structure: old revisions
    too. Where streams overlap, so that they come to more than the file, the largest kinds are cut.
    """
    sizes: Counter[Kind] = Counter()
    for kind, size in stream_sizes(pdf).values():
        sizes[kind] += size
    surplus = sum(sizes.values()) - file_bytes
    for kind, size in sizes.most_common() if surplus > 0 else ():
        sizes[kind] -= min(size, surplus)
        surplus -= min(size, surplus)
    sizes[Kind.STRUCTURE] += file_bytes - sum(sizes.values())
    return {kind: size for kind, size in sizes.most_common() if size}


def stream_sizes(pdf: Pdf) -> dict[ObjGen, tuple[Kind, int]]:
    """Kind and stored bytes of each stream, except those that hold objects (ISO 32000-2, 7.5.7 and 7.5.8)."""
    used = kinds_of_streams(pdf)
    return {
        stream.objgen: (used.get(stream.objgen, Kind.UNUSED), len(stream.read_raw_bytes()))
        for stream in pdf.objects
        if isinstance(stream, Stream) and stream.get(Name.Type) not in (Name.ObjStm, Name.XRef)
    }


def kinds_of_streams(pdf: Pdf) -> dict[ObjGen, Kind]:
    """The kind of each stream that can be reached from the trailer."""
    kinds: dict[ObjGen, Kind] = {}
    seen: set[ObjGen] = set()
    pending: list[tuple[Object, str, Kind | None]] = [(pdf.trailer, "", None)]
    private: list[tuple[Object, str, Kind | None]] = []
    while pending or private:
        holder, entry, inherited = (pending or private).pop()
        if holder.is_indirect:
            if holder.objgen in seen:
                continue
            seen.add(holder.objgen)
        if isinstance(holder, Stream):
            kinds[holder.objgen] = inherited or kind_of(holder, entry)
        for below, key, kind in _below(holder, entry, inherited):
            (private if key == PRIVATE else pending).append((below, key, kind))
    return kinds


def _below(holder: Object, entry: str, inherited: Kind | None) -> Iterator[tuple[Object, str, Kind | None]]:
    """What a container holds, with the entry it is known by (items of an array by the array's) and the kind it has."""
    is_space = isinstance(holder, Array) and len(holder) > 0 and holder[0] in COLOUR_SPACES
    for key, value in entries(holder):
        if isinstance(value, CONTAINERS):
            named = "/ColorSpace" if is_space else (entry if isinstance(key, int) else key)
            yield value, named, OF_ENTRY[named] if named in HANDED_ON else inherited


def kind_of(stream: Stream, entry: str) -> Kind:
    """The kind of a stream from what it says of itself, else from the entry that refers to it."""
    if stream.get(Name.Type) == Name.Metadata:
        return Kind.METADATA
    if stream.get(Name.Type) == Name.EmbeddedFile:
        return Kind.ATTACHMENTS
    if entry != "/Thumb" and stream.get(Name.Subtype) == Name.Image:
        return _image_kind(stream)
    if stream.get(Name.Subtype) == Name.Form or Name.PatternType in stream or Name.ShadingType in stream:
        return Kind.CONTENT
    if Name.FunctionType in stream or entry == "/ColorSpace":
        return Kind.COLOUR
    return OF_ENTRY.get(entry, Kind.OTHER)


def _image_kind(stream: Stream) -> Kind:
    chain = filters_of(stream)
    coding = CODINGS.get(chain[-1][0], Coding.SAMPLES) if chain else Coding.SAMPLES
    return OF_CODING.get(coding, Kind.SAMPLES)
