"""Makers of files that mean harm, or look as if they did: bombs, cycles, lies, damage, and what is no PDF at all.

`CASES` names each and says how pressing it may end. They are written object by object, since a library would mend them.
"""

import struct
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass

GIB = 2**30
BLOCK = 2**20
HEADER = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"

KEPT_OR_PRESSED = "kept_or_pressed"
REFUSED = frozenset({"damaged_pdf", "too_complex"})
RECOVERABLE = frozenset({KEPT_OR_PRESSED, "damaged_pdf"})
NO_PDF = frozenset({"not_a_pdf"})
DAMAGED = frozenset({"damaged_pdf"})
FINE = frozenset({KEPT_OR_PRESSED})
LIMITED = frozenset({KEPT_OR_PRESSED, "too_complex", "out_of_memory", "timed_out"})


@dataclass(frozen=True, slots=True)
class Case:
    """A file and how pressing it may end: with one of these codes, or KEPT_OR_PRESSED."""

    name: str
    make: Callable[[], bytes]
    may_end: frozenset[str]


def document(
    objects: Mapping[int, bytes], *, trailer: bytes = b"", startxref_off: int = 0, entries_off: int = 0
) -> bytes:
    """The objects as a file with a classic cross-reference table, object 1 the catalogue; offsets may be made to lie.

    One more object, of waste, makes it worth pressing, so that what comes out has to be proven harmless as well.
    """
    objects = {**objects, max(objects) + 1: stream(b"waste " * 800)}
    out = bytearray(HEADER)
    offsets = {}
    for number in sorted(objects):
        offsets[number] = len(out)
        out += b"%d 0 obj\n%s\nendobj\n" % (number, objects[number])
    size, table_at = max(objects) + 1, len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % size
    for number in range(1, size):
        at = offsets.get(number)
        out += b"0000000000 00000 f \n" if at is None else b"%010d 00000 n \n" % max(0, at + entries_off)
    out += b"trailer\n<< /Size %d /Root 1 0 R %s >>\n" % (size, trailer)
    return bytes(out) + b"startxref\n%d\n%%%%EOF\n" % max(0, table_at + startxref_off)


def stream(data: bytes, entries: bytes = b"") -> bytes:
    """A stream object."""
    return b"<< %s /Length %d >>\nstream\n%s\nendstream" % (entries, len(data), data)


def page(content: bytes = b"0 0 9 9 re f", *, filters: bytes = b"", resources: bytes = b"", root: bytes = b"",
         more: Mapping[int, bytes] | None = None) -> dict[int, bytes]:  # fmt: skip
    """The objects of a document of one page: 1 catalogue, 2 page tree, 3 page, 4 content, then `more`."""
    return {
        1: b"<< /Type /Catalog /Pages 2 0 R %s >>" % root,
        2: b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        3: b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 300 300] /Contents 4 0 R /Resources << %s >> >>" % resources,
        4: stream(content, filters),
        **(more or {}),
    }


def page_with_image(entries: bytes, data: bytes) -> bytes:
    """A document of one page filled by the image, object 5."""
    image = stream(data, b"/Type /XObject /Subtype /Image " + entries)
    return document(page(b"300 0 0 300 0 0 cm /I Do", resources=b"/XObject << /I 5 0 R >>", more={5: image}))


def zlib_run(byte: bytes, length: int) -> bytes:
    """Zlib data (RFC 1950) of `length` times the same byte, made without ever holding them: one block, repeated."""
    machine = zlib.compressobj(9, zlib.DEFLATED, -15)
    block = machine.compress(byte * BLOCK) + machine.flush(zlib.Z_FULL_FLUSH)
    rest = zlib.compressobj(9, zlib.DEFLATED, -15)
    tail = rest.compress(byte * (length % BLOCK)) + rest.flush()
    value = byte[0]
    low = (1 + length * value) % 65521  # Adler-32 of a run, in closed form
    high = (length + value * (length * (length + 1) // 2)) % 65521
    return b"\x78\xda" + block * (length // BLOCK) + tail + struct.pack(">I", high << 16 | low)


def _content_bomb() -> bytes:
    return document(page(zlib_run(b" ", 4 * GIB), filters=b"/Filter /FlateDecode"))


def _nested_filter_bomb() -> bytes:
    data = zlib.compress(zlib.compress(zlib_run(b" ", 2 * GIB), 9), 9)
    return document(page(data, filters=b"/Filter [/FlateDecode /FlateDecode /FlateDecode]"))


def _mixed_filter_bomb() -> bytes:
    data = zlib.compress(zlib_run(b" ", GIB), 9).hex().encode() + b">"
    return document(page(data, filters=b"/Filter [/ASCIIHexDecode /FlateDecode /FlateDecode]"))


def _run_length_bomb() -> bytes:
    return document(page(zlib_run(b"\x81", GIB), filters=b"/Filter [/FlateDecode /RunLengthDecode]"))


def _object_stream_bomb() -> bytes:
    """An object stream (ISO 32000-2, 7.5.7) of 2 GiB, in which the page's font lies: opening the file decodes it."""
    body = zlib_run(b" ", 2 * GIB)
    objects = {
        **page(resources=b"/Font << /F 6 0 R >>"),
        5: stream(body, b"/Type /ObjStm /N 1 /First 4 /Filter /FlateDecode"),
    }
    out, rows = bytearray(HEADER), [bytes(6)]
    for number, written in objects.items():
        rows.append(struct.pack(">BIB", 1, len(out), 0))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, written)
    rows += [struct.pack(">BIB", 2, 5, 0), struct.pack(">BIB", 1, len(out), 0)]
    table = stream(b"".join(rows), b"/Type /XRef /Size 8 /W [1 4 1] /Root 1 0 R")
    return bytes(out) + b"7 0 obj\n%s\nendobj\nstartxref\n%d\n%%%%EOF\n" % (table, len(out))


def _two_hundred_filters() -> bytes:
    data = b"0 g"
    for _ in range(200):
        data = zlib.compress(data, 1)
    return document(page(data, filters=b"/Filter [" + b"/FlateDecode " * 200 + b"]"))


def _image_bomb() -> bytes:
    size = b"/Width 32768 /Height 32768 /BitsPerComponent 8 /ColorSpace /DeviceRGB /Filter /FlateDecode"
    return page_with_image(size, zlib_run(b"\0", 3 * GIB))


def _gigapixel_bilevel_image() -> bytes:
    size = b"/Width 60000 /Height 60000 /BitsPerComponent 1 /ColorSpace /DeviceGray /Filter /FlateDecode"
    return page_with_image(size, zlib_run(b"\xff", 7500 * 60000))


def _jpeg_of_headers() -> bytes:
    side = struct.pack(">HH", 65500, 65500)
    frame = b"\xff\xc0\x00\x11\x08" + side + b"\x03\x01\x22\x00\x02\x11\x00\x03\x11\x00"
    size = b"/Width 65500 /Height 65500 /BitsPerComponent 8 /ColorSpace /DeviceRGB /Filter /DCTDecode"
    return page_with_image(size, b"\xff\xd8" + frame + b"\xff\xd9")


def _page_tree(**nodes: bytes) -> bytes:
    """A document of one page of which some objects, `n2` and so on, are others."""
    return document(page() | {int(name.removeprefix("n")): node for name, node in nodes.items()})


def _page_tree_doubling(levels: int = 30) -> bytes:
    node = b"<< /Type /Pages /Kids [%d 0 R %d 0 R] /Count %d >>"
    inner = {2 + level: node % (3 + level, 3 + level, 2 ** (levels - level)) for level in range(levels)}
    leaf = {2 + levels: b"<< /Type /Page /Parent %d 0 R /MediaBox [0 0 9 9] >>" % (1 + levels)}
    return document({1: b"<< /Type /Catalog /Pages 2 0 R >>", **inner, **leaf})


def _page_tree_deep(levels: int = 20_000) -> bytes:
    node = b"<< /Type /Pages /Kids [%d 0 R] /Count 1 /Parent %d 0 R >>"
    inner = {2 + level: node % (3 + level, max(2, 1 + level)) for level in range(levels)}
    leaf = {2 + levels: b"<< /Type /Page /Parent %d 0 R /MediaBox [0 0 9 9] >>" % (1 + levels)}
    return document({1: b"<< /Type /Catalog /Pages 2 0 R >>", **inner, **leaf})


def _many_empty_pages(count: int = 5_000) -> bytes:
    leaf = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] >>"
    kids = b" ".join(b"%d 0 R" % number for number in range(3, 3 + count))
    tree = b"<< /Type /Pages /Count %d /Kids [%s] >>" % (count, kids)
    return document({1: b"<< /Type /Catalog /Pages 2 0 R >>", 2: tree, **dict.fromkeys(range(3, 3 + count), leaf)})


def _nested(opening: bytes, closing: bytes, depth: int) -> Callable[[], bytes]:
    return lambda: document(page(root=b"/Deep 5 0 R", more={5: opening * depth + closing * depth}))


def _doubling_arrays(levels: int = 40) -> bytes:
    """Arrays of two references to the next: 2^40 leaves for who expands them."""
    inner = {5 + level: b"[%d 0 R %d 0 R]" % (6 + level, 6 + level) for level in range(levels)}
    return document(page(root=b"/OpenAction 5 0 R", more={**inner, 5 + levels: b"(boom)"}))


def _objects_that_all_refer_to_each_other(count: int = 40) -> bytes:
    """A clique below the action on opening: more ways through it than anyone can follow."""
    everyone = b" ".join(b"/N%d %d 0 R" % (number, number) for number in range(5, 5 + count))
    clique = dict.fromkeys(range(5, 5 + count), b"<< /S /URI %s >>" % everyone)
    return document(page(root=b"/OpenAction 5 0 R", more=clique))


def _xmp_entities() -> bytes:
    entities = b"".join(b'<!ENTITY e%d "%s">' % (n, b"&e%d;" % (n - 1) * 10) for n in range(1, 10))
    xmp = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e0 "boom">%s]><x>&e9;</x>' % entities
    return document(page(root=b"/Metadata 5 0 R", more={5: stream(xmp, b"/Type /Metadata /Subtype /XML")}))


def _self_drawing(kind: bytes, use: bytes, category: bytes) -> bytes:
    resources = b"/%s << /X 5 0 R >>" % category
    drawn = stream(use, kind + b" /BBox [0 0 9 9] /Resources << %s >>" % resources)
    return document(page(use, resources=resources, more={5: drawn}))


def _trees_that_loop() -> bytes:
    """Outlines, names, fields and tags, each its own child."""
    names = b"/Outlines 5 0 R /Names << /Dests 7 0 R /EmbeddedFiles 7 0 R >>"
    root = names + b"/AcroForm << /Fields [8 0 R] >> /StructTreeRoot 9 0 R"
    return document(page(root=root, more={
        5: b"<< /First 6 0 R /Last 6 0 R /Count 1 >>",
        6: b"<< /Title (again) /Parent 5 0 R /First 6 0 R /Next 6 0 R >>",
        7: b"<< /Kids [7 0 R 7 0 R] >>",
        8: b"<< /FT /Tx /T (again) /Kids [8 0 R 8 0 R] /Parent 8 0 R >>",
        9: b"<< /Type /StructTreeRoot /K [9 0 R 9 0 R] /ParentTree 7 0 R >>",
    }))  # fmt: skip


def _unreferenced_objects(count: int = 30_000) -> bytes:
    return document(page(more={number: b"<< /N %d >>" % number for number in range(5, 5 + count)}))


def sound(pages: int = 20) -> bytes:
    """A sound document with some 2 kB of drawing on each page, for damaging."""
    objects = {1: b"<< /Type /Catalog /Pages 2 0 R >>"}
    for number in range(3, 3 + 2 * pages, 2):
        objects[number] = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 99 99] /Contents %d 0 R >>" % (number + 1)
        objects[number + 1] = stream(b"%% %d\n" % number + b"9 9 m 90 90 l S\n" * 120)
    kids = b" ".join(b"%d 0 R" % number for number in range(3, 3 + 2 * pages, 2))
    objects[2] = b"<< /Type /Pages /Kids [%s] /Count %d >>" % (kids, pages)
    return document(objects)


def _with_hole(data: bytes) -> bytes:
    middle = len(data) // 2
    return data[:middle] + bytes(4096) + data[middle + 4096 :]


def _small() -> bytes:
    return document(page())


CASES = (
    Case("content_bomb", _content_bomb, LIMITED),
    Case("nested_filter_bomb", _nested_filter_bomb, LIMITED),
    Case("mixed_filter_bomb", _mixed_filter_bomb, LIMITED),
    Case("run_length_bomb", _run_length_bomb, LIMITED),
    Case("object_stream_bomb", _object_stream_bomb, LIMITED | REFUSED),
    Case("two_hundred_filters", _two_hundred_filters, LIMITED),
    Case("predictor_of_2_gib_rows", lambda: document(page(zlib.compress(b"\2" * 64), filters=b"/Filter /FlateDecode "
         b"/DecodeParms << /Predictor 12 /Columns 2147483647 >>")), FINE),
    Case("image_bomb", _image_bomb, LIMITED),
    Case("image_of_60000_by_60000", _gigapixel_bilevel_image, FINE),
    Case("image_of_lying_size", lambda: page_with_image(b"/Width 2147483647 /Height 2147483647 /BitsPerComponent 8 "
         b"/ColorSpace /DeviceRGB /Filter /FlateDecode", zlib.compress(bytes(300))), FINE),
    Case("image_of_negative_size", lambda: page_with_image(b"/Width -5 /Height 0 /BitsPerComponent 8 "
         b"/ColorSpace /DeviceRGB", b""), FINE),
    Case("jpeg_of_headers", _jpeg_of_headers, FINE),
    Case("soft_mask_of_itself", lambda: page_with_image(b"/Width 1 /Height 1 /BitsPerComponent 8 "
         b"/ColorSpace /DeviceGray /SMask 5 0 R", b"\x80"), FINE),
    Case("page_tree_its_own_kid", lambda: _page_tree(n2=b"<< /Type /Pages /Kids [2 0 R 3 0 R] /Count 2 >>"), REFUSED),
    Case("page_tree_of_two_that_loop", lambda: _page_tree(
        n2=b"<< /Type /Pages /Kids [5 0 R] /Count 1 >>",
        n5=b"<< /Type /Pages /Parent 2 0 R /Kids [6 0 R 3 0 R] /Count 1 >>",
        n6=b"<< /Type /Pages /Parent 5 0 R /Kids [5 0 R] /Count 1 >>"), REFUSED),
    Case("page_count_that_lies", lambda: _page_tree(n2=b"<< /Type /Pages /Kids [3 0 R] /Count 2147483647 >>"), FINE),
    Case("page_tree_of_2_to_the_30", _page_tree_doubling, REFUSED),
    Case("page_tree_20000_deep", _page_tree_deep, REFUSED),
    Case("many_empty_pages", _many_empty_pages, FINE),
    *(Case(f"arrays_nested_{depth}", _nested(b"[", b"]", depth), REFUSED) for depth in (450, 5_000, 200_000)),
    *(Case(f"dictionaries_nested_{depth}", _nested(b"<< /A ", b" >>", depth), REFUSED)
      for depth in (450, 5_000, 200_000)),
    Case("arrays_that_double", _doubling_arrays, FINE),
    Case("objects_that_all_refer_to_each_other", _objects_that_all_refer_to_each_other, FINE),
    Case("a_million_q", lambda: document(page(zlib.compress(b"q\n" * 10**6), filters=b"/Filter /FlateDecode")), FINE),
    Case("form_that_draws_itself", lambda: _self_drawing(b"/Type /XObject /Subtype /Form", b"/X Do", b"XObject"), FINE),
    Case("pattern_that_paints_itself", lambda: _self_drawing(b"/Type /Pattern /PatternType 1 /PaintType 1 "
         b"/TilingType 1 /XStep 9 /YStep 9", b"/Pattern cs /X scn 0 0 9 9 re f", b"Pattern"), FINE),
    Case("trees_that_loop", _trees_that_loop, FINE),
    Case("xmp_of_entities", _xmp_entities, FINE),
    Case("length_that_is_itself", lambda: _page_tree(n4=b"<< /Length 4 0 R >>\nstream\nq Q\nendstream"), RECOVERABLE),
    Case("page_a_light_year_wide", lambda: _page_tree(n3=b"<< /Type /Page /Parent 2 0 R "
         b"/MediaBox [0 0 1e30 -1e30] /UserUnit 1e12 /Contents 4 0 R >>"), FINE),
    Case("unreferenced_objects", _unreferenced_objects, FINE),
    Case("xref_its_own_predecessor", lambda: document(page(), trailer=b"/Prev %d" % _small().rindex(b"xref\n0")),
         RECOVERABLE),
    Case("xref_size_that_lies", lambda: _small().replace(b"/Size ", b"/Size 214748364"), RECOVERABLE),
    Case("startxref_wrong", lambda: document(page(), startxref_off=-37), FINE),
    Case("startxref_past_the_end", lambda: document(page(), startxref_off=10**9), FINE),
    Case("xref_entries_wrong", lambda: document(page(), entries_off=5), FINE),
    Case("no_end_of_file", lambda: _small().partition(b"startxref")[0], FINE),
    Case("no_endstream", lambda: _small().replace(b"endstream", b""), RECOVERABLE),
    Case("no_pages", lambda: _page_tree(n2=b"<< /Type /Pages /Kids [] /Count 0 >>"), DAMAGED),
    Case("null_catalogue", lambda: document({1: b"null"}), DAMAGED),
    Case("line_ends_mangled", lambda: _small().replace(b"\n", b"\r\n"), FINE),
    Case("version_of_the_future", lambda: _small().replace(b"%PDF-1.7", b"%PDF-9.9"), FINE),
    Case("garbage_before", lambda: b"HTTP/1.1 200 OK\r\nContent-Type: application/pdf\r\n\r\n" + _small(), FINE),
    Case("garbage_before_2_kib", lambda: bytes(2048) + _small(), FINE),
    Case("garbage_after", lambda: _small() + bytes(4096), FINE),
    Case("twice_over", lambda: sound() * 2, FINE),
    Case("first_half_only", lambda: sound()[: len(sound()) // 2], RECOVERABLE),
    Case("last_kilobyte_lost", lambda: sound()[:-1024], RECOVERABLE),
    Case("hole_in_the_middle", lambda: _with_hole(sound()), RECOVERABLE),
    Case("no_bytes", lambda: b"", frozenset({"empty_file"})),
    Case("one_newline", lambda: b"\n", NO_PDF),
    Case("web_page", lambda: b"<!DOCTYPE html><title>404</title><h1>Not Found</h1>", NO_PDF),
    Case("png", lambda: b"\x89PNG\r\n\x1a\n" + bytes(64), NO_PDF),
    Case("zip", lambda: b"PK\x05\x06" + bytes(18), NO_PDF),
    Case("header_only", lambda: b"%PDF-1.7\n", DAMAGED),
    Case("header_and_noise", lambda: b"%PDF-1.7\n" + bytes((n * 73 + 41) % 256 for n in range(2**16)), DAMAGED),
    Case("half_a_million_objects_without_end", lambda: b"%PDF-1.4\n" + b"1 0 obj\n" * 500_000, DAMAGED),
    Case("unknown_encryption", lambda: document(page(), trailer=b"/Encrypt << /Filter /Evil /V 99 /R 99 >> "
         b"/ID [<00><00>]"), frozenset({"unknown_encryption"})),
)  # fmt: skip
"""All hostile files; encrypted ones that need a password are in pdf_factory.protection."""
