"""Images in every kind of colour space (ISO 32000-2, 8.6), each filling one page of 200 x 150 pt."""

import numpy as np
from pikepdf import Array, Dictionary, Name, Object, Pdf, Stream
from PIL import Image, ImageCms

from tests.support.pdf_factory import pictures
from tests.support.pdf_factory.images import flate_image, jpeg_image, page_of, raw_image
from tests.support.pdf_factory.pages import saved

SIZE_PX = (800, 600)  # on 200 x 150 pt: 288 dpi
SIZE_PT = (200.0, 150.0)


def cmyk_jpeg() -> bytes:
    """A CMYK photograph in DCT with the Adobe marker, stored inverted, with the /Decode that turns it round."""
    pdf = Pdf.new()
    return _shown(pdf, jpeg_image(pdf, _photo().convert("CMYK")))


def cmyk_flate() -> bytes:
    """A DeviceCMYK photograph in Flate."""
    pdf = Pdf.new()
    return _shown(pdf, flate_image(pdf, _photo().convert("CMYK")))


def icc_based() -> bytes:
    """An RGB photograph in Flate whose colour space is an embedded sRGB profile (8.6.5.5)."""
    pdf = Pdf.new()
    image = flate_image(pdf, _photo())
    image.ColorSpace = Array([Name.ICCBased, srgb_profile(pdf)])
    return _shown(pdf, image)


def indexed() -> bytes:
    """A photograph reduced to a palette of 64 colours, 8 bits a pixel (8.6.6.3)."""
    pdf = Pdf.new()
    paletted = _photo().quantize(64)
    palette = bytes(paletted.getpalette() or [])[: 64 * 3].ljust(64 * 3, b"\0")
    space = Array([Name.Indexed, Name.DeviceRGB, 63, palette])
    return _shown(pdf, raw_image(pdf, paletted.tobytes(), *SIZE_PX, space))


def inverted_by_decode() -> bytes:
    """A grey photograph in Flate stored as its negative, turned round by /Decode [1 0] (8.9.5.2)."""
    pdf = Pdf.new()
    negative = Image.fromarray(255 - np.asarray(_photo().convert("L")))
    image = flate_image(pdf, negative)
    image.Decode = Array([1, 0])
    return _shown(pdf, image)


def separation() -> bytes:
    """A grey photograph printed in one spot colour (8.6.6.4)."""
    pdf = Pdf.new()
    space = Array([Name.Separation, Name("/Harbour Blue"), Name.DeviceCMYK, _tint(pdf, [[1, 0.6, 0, 0.2]])])
    return _shown(pdf, raw_image(pdf, _photo().convert("L").tobytes(), *SIZE_PX, space))


def device_n() -> bytes:
    """A photograph in two inks, black and a spot colour (8.6.6.5)."""
    pdf = Pdf.new()
    inks = np.asarray(_photo())[:, :, :2]
    tint = _tint(pdf, [[0, 0, 0, 1], [0, 0.5, 1, 0]])
    space = Array([Name.DeviceN, Array([Name.Black, Name.Amber]), Name.DeviceCMYK, tint])
    return _shown(pdf, raw_image(pdf, inks.tobytes(), *SIZE_PX, space))


def lab() -> bytes:
    """A photograph in CIE L*a*b* (8.6.5.4)."""
    pdf = Pdf.new()
    space = Array([Name.Lab, Dictionary(WhitePoint=Array([0.9642, 1, 0.8249]), Range=Array([-128, 127, -128, 127]))])
    return _shown(pdf, raw_image(pdf, _photo().tobytes(), *SIZE_PX, space))


def grey_stored_as_rgb() -> bytes:
    """A photograph whose three channels are equal, in Flate: two thirds of its samples say nothing."""
    pdf = Pdf.new()
    return _shown(pdf, flate_image(pdf, _photo().convert("L").convert("RGB")))


def srgb_profile(pdf: Pdf) -> Stream:
    """An sRGB ICC profile as a stream with its number of components, without the time of its making."""
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    profile = profile[:24] + bytes(12) + profile[36:]  # date and time (ICC.1:2022, 7.2.8)
    return pdf.make_stream(profile, N=3, Alternate=Name.DeviceRGB)


def _photo() -> Image.Image:
    return pictures.photo(*SIZE_PX, seed=7)


def _shown(pdf: Pdf, image: Object) -> bytes:
    page_of(pdf, image, width_pt=SIZE_PT[0], height_pt=SIZE_PT[1])
    return saved(pdf)


def _tint(pdf: Pdf, inks: list[list[float]]) -> Object:
    """A PostScript calculator function that adds up what each ink is worth in CMYK (7.10.5)."""
    if len(inks) == 1:
        return pdf.make_indirect(
            Dictionary(FunctionType=2, Domain=Array([0, 1]), C0=Array([0, 0, 0, 0]), C1=Array(inks[0]), N=1)
        )
    (_, _, _, black), (cyan, magenta, yellow, _) = inks
    program = (
        f"{{ 1 index {black} mul 3 1 roll exch pop dup {cyan} mul exch dup {magenta} mul exch {yellow} mul 4 3 roll }}"
    )
    return pdf.make_stream(
        program.encode(),
        FunctionType=4,
        Domain=Array([0, 1] * len(inks)),
        Range=Array([0, 1] * 4),
    )
