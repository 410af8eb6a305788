"""A form that draws the layers in the place of an image, so that content which draws the image draws them.

An image XObject fills the unit square (ISO 32000-2, 8.9.5), and so does a form with that /BBox. Only hard masks are
used: PDF/A-1 forbids soft ones and groups (ISO 19005-1, 6.4).
"""

from collections import Counter
from collections.abc import Set

from pikepdf import Array, Dictionary, Name, Object, Pdf, Stream

from bulkpress_engine.images.coded import Coded
from bulkpress_engine.images.layers.grounds import Colour
from bulkpress_engine.images.layers.taking_apart import Layers
from bulkpress_engine.inspection.resources import ReachableImages, entries, is_image
from bulkpress_engine.objects import CONTAINERS, ObjGen, reachable_containers, spelt
from bulkpress_engine.objects import entries as items

PIXEL_KEYS = frozenset({
    "/Width", "/Height", "/BitsPerComponent", "/ColorSpace", "/Filter", "/DecodeParms", "/Length", "/Decode",
    "/Interpolate", "/Intent", "/Type", "/Subtype", "/Name", "/DL",
})  # fmt: skip
FORM_KEYS = frozenset({"/OC", "/Metadata", "/PieceInfo", "/LastModified", "/StructParent", "/AF"})
"""Entries that mean for a form what they mean for an image (ISO 32000-2, tables 87 and 93)."""
PLAIN_BLENDS = frozenset({"/Normal", "/Compatible"})


def replaceable(pdf: Pdf, images: Set[ObjGen]) -> set[ObjGen]:
    """Those of `images` that a form may stand for: only ever drawn by `Do`, and opaquely."""
    references: Counter[ObjGen] = Counter()
    as_xobjects: Counter[ObjGen] = Counter()
    in_glyphs: set[ObjGen] = set()
    reachable, categories = ReachableImages(), set[ObjGen]()
    for holder in reachable_containers(pdf):
        for key, value in items(holder):
            if not isinstance(value, CONTAINERS):
                continue
            references[value.objgen] += value.objgen in images
            if key == "/XObject" and not (value.is_indirect and value.objgen in categories):
                categories.add(value.objgen)
                as_xobjects.update(drawn.objgen for drawn in entries(holder, Name.XObject).values())
            if key == "/ExtGState" and any(
                _is_translucent(state) for state in entries(holder, Name.ExtGState).values()
            ):
                return set()  # the paper would show through the ink
        if isinstance(holder, Dictionary) and holder.get(Name.Subtype) == Name.Type3:
            in_glyphs |= reachable.of(holder.get(Name.Resources))
    return {key for key in images if references[key] == as_xobjects[key] and _has_known_entries(pdf, key)} - in_glyphs


def _is_translucent(state: Object) -> bool:
    """Whether a graphics state blends what is painted with what is below (ISO 32000-2, 11.6.4)."""
    if not isinstance(state, Dictionary):
        return False
    blend, mask = state.get(Name.BM, Name.Normal), state.get(Name.SMask, Name("/None"))
    opaque = all(state.get(key, 1) == 1 for key in (Name.ca, Name.CA))
    return not opaque or spelt(blend) not in PLAIN_BLENDS or spelt(mask) != "/None"


def _has_known_entries(pdf: Pdf, key: ObjGen) -> bool:
    image = pdf.get_object(key)
    return is_image(image) and set(image.keys()) <= PIXEL_KEYS | FORM_KEYS


def place(pdf: Pdf, image: Stream, layers: Layers) -> None:
    """Turn the image XObject into a form that draws its layers; its number, and so every reference to it, stays."""
    space, hints = image[Name.ColorSpace], {key: image[key] for key in ("/Interpolate", "/Intent") if key in image}
    paper = _image(pdf, layers.paper, {"/ColorSpace": space, **hints})
    mask = _image(pdf, layers.mask, {"/ImageMask": True})
    del mask[Name.BitsPerComponent]
    if isinstance(layers.ink, Coded):
        ink = _image(pdf, layers.ink, {"/ColorSpace": space, **hints, "/Mask": mask})
        content, resources = b"/Paper Do /Ink Do", Dictionary(XObject=Dictionary(Paper=paper, Ink=ink))
    else:
        content = b"/Paper Do /Colour cs %s sc /Ink Do" % _operands(layers.ink)
        spaces = Dictionary(Colour=space)
        resources = Dictionary(XObject=Dictionary(Paper=paper, Ink=mask), ColorSpace=spaces)
    for key in PIXEL_KEYS & set(image.keys()) - {"/Length"}:
        del image[key]
    image.write(content)
    image[Name.Type], image[Name.Subtype] = Name.XObject, Name.Form
    image[Name.BBox], image[Name.Resources] = Array([0, 0, 1, 1]), resources


def _operands(colour: Colour) -> bytes:
    return " ".join(f"{level / 255:.4f}".rstrip("0").rstrip(".") for level in colour).encode()


def _image(pdf: Pdf, coded: Coded, more: dict[str, Object | bool]) -> Stream:
    """An image XObject of its own."""
    image = pdf.make_stream(
        b"",
        Type=Name.XObject,
        Subtype=Name.Image,
        Width=coded.width_px,
        Height=coded.height_px,
        BitsPerComponent=coded.bits,
    )
    image.write(
        coded.data, filter=Name(coded.filter), decode_parms=Dictionary(dict(coded.parms)) if coded.parms else None
    )
    for key, value in more.items():
        image[key] = value
    return image
