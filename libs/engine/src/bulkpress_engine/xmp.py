"""XMP packets (ISO 16684-1) without what editing programs keep in them for themselves.

Properties are cut out of the bytes of a packet, and nothing is written anew: what stays is as it was, to the byte.
"""

import re
from dataclasses import dataclass, field
from xml.parsers import expat

RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
XAP = "http://ns.adobe.com/xap/1.0/"
PHOTOSHOP = "http://ns.adobe.com/photoshop/1.0/"
# Thumbnails, which readers draw by themselves; what happened to a file, what was placed into it, and which colours a
# palette offered, for the program that goes on editing; digests by which a program knows what it has written itself.
PRIVATE = frozenset({
    (XAP, "Thumbnails"), (XAP + "mm/", "History"), (XAP + "mm/", "Manifest"), (XAP + "mm/", "Ingredients"),
    (XAP + "mm/", "Pantry"), (XAP + "t/pg/", "SwatchGroups"), (PHOTOSHOP, "History"), (PHOTOSHOP, "DocumentAncestors"),
    (PHOTOSHOP, "TextLayers"), ("http://ns.adobe.com/exif/1.0/", "NativeDigest"),
    ("http://ns.adobe.com/tiff/1.0/", "NativeDigest"),
})  # fmt: skip
PRIVATE_NAMESPACES = frozenset({"http://ns.adobe.com/camera-raw-settings/1.0/"})  # how a raw picture was developed
DEPTH_OF_PROPERTIES = 2  # below rdf:RDF and its rdf:Description
END_OF_PACKET = b"<?xpacket end="
TAG = re.compile(rb"<(?:[^>\"']|\"[^\"]*\"|'[^']*')*+>")

Said = tuple[str, ...]  # one thing that a packet says: an element's begin with its attributes, its end, or text


class UnreadableXmpError(Exception):
    """The packet is no XML that readers agree on."""


def trimmed(packet: bytes) -> bytes:
    """The packet without the space that lets programs change it in place, up to 4 kB. UTF-16 is left."""
    content, found, end = packet.rpartition(END_OF_PACKET)
    return content.rstrip() + b"\n" + found + end.rstrip() if found else packet


def without_private(packet: bytes) -> bytes:
    """The packet without private properties; as it is where there are none, or nobody can tell."""
    if b"\x00" in packet:  # not UTF-8
        return packet
    try:
        found = _read(packet)
        left = _cut(packet, found.private)
        return left if _read(left).said == found.said else packet
    except UnreadableXmpError:
        return packet


@dataclass(slots=True)
class _Found:
    """What a packet says besides private properties, and where in its bytes those stand."""

    said: list[Said] = field(default_factory=list)
    private: list[tuple[int, int]] = field(default_factory=list)


def _read(packet: bytes) -> _Found:
    reader = _Reader(packet)
    reader.parser.StartElementHandler = reader.begin
    reader.parser.EndElementHandler = reader.end
    reader.parser.CharacterDataHandler = reader.text
    reader.parser.StartDoctypeDeclHandler = _refuse
    try:
        reader.parser.Parse(packet, True)
    except (expat.ExpatError, UnicodeError) as error:
        raise UnreadableXmpError(str(error)) from error
    return reader.found


def _refuse(*_: object) -> None:
    raise UnreadableXmpError("it declares entities, which no XMP needs")


class _Reader:
    def __init__(self, packet: bytes) -> None:
        self.found = _Found()
        self.parser = expat.ParserCreate(namespace_separator=" ")
        self.parser.namespace_prefixes = True
        self._packet = packet
        self._open: list[str] = []  # the elements that this place is in
        self._private_from: tuple[int, int] | None = None  # depth and first byte of a private property being read

    def begin(self, name: str, attributes: dict[str, str]) -> None:
        """Note an element."""
        at = self.parser.CurrentByteIndex
        if self._private_from is None and self._holds_properties() and _is_private(name):
            self._private_from = len(self._open), at
        self._open.append(name)
        if self._private_from is None:
            private = {key for key in attributes if self._holds_properties() and _is_private(key)}
            self.found.private += self._places_of(private, at)
            kept = sorted(f"{key}={value}" for key, value in attributes.items() if key not in private)
            self.found.said.append(("begin", name, *kept))

    def end(self, name: str) -> None:
        """Note the end of an element."""
        self._open.pop()
        if self._private_from is None:
            self.found.said.append(("end", name))
        elif self._private_from[0] == len(self._open):
            begin = self._private_from[1]
            tag = self._tag_at(begin)
            last = tag if tag[0].endswith(b"/>") else self._tag_at(self.parser.CurrentByteIndex)
            self.found.private.append((begin, last.end()))
            self._private_from = None

    def text(self, text: str) -> None:
        """Note text, but for the space between elements."""
        if self._private_from is None and text.strip():
            self.found.said.append(("text", text))

    def _holds_properties(self) -> bool:
        """Whether this place is right inside an rdf:Description of the packet's rdf:RDF."""
        names = [name.split(" ")[:2] for name in self._open[-DEPTH_OF_PROPERTIES:]]
        return names == [[RDF, "RDF"], [RDF, "Description"]]

    def _tag_at(self, at: int) -> re.Match[bytes]:
        tag = TAG.match(self._packet, at)
        if tag is None:
            raise UnreadableXmpError(f"no tag at {at}")
        return tag

    def _places_of(self, private: set[str], at: int) -> list[tuple[int, int]]:
        """Where these attributes of the tag at `at` stand."""
        places = []
        for key in sorted(private):
            _, local, prefix = key.split(" ")
            written = re.compile(rb"\s+%b:%b\s*=\s*(?:\"[^\"]*\"|'[^']*')" % (prefix.encode(), local.encode()))
            found = written.search(self._packet, at, self._tag_at(at).end())
            places += [found.span()] if found else []
        return places


def _is_private(name: str) -> bool:
    namespace, local = [*name.split(" "), ""][:2]
    return (namespace, local) in PRIVATE or namespace in PRIVATE_NAMESPACES


def _cut(packet: bytes, places: list[tuple[int, int]]) -> bytes:
    kept, at = [], 0
    for begin, end in sorted(places):
        kept.append(packet[at:begin].rstrip())
        at = end
    return b"".join([*kept, packet[at:]])
