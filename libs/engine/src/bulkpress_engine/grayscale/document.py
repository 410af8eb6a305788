"""A whole document in gray. What cannot be turned stays in colour and is counted, and the rest is gray."""

from collections import Counter
from collections.abc import Iterator

from pikepdf import Array, Dictionary, Name, Pdf, Stream

from bulkpress_engine.content.tokens import UnreadableContentError
from bulkpress_engine.content.walk import Content, contents
from bulkpress_engine.filters import UndecodableStreamError
from bulkpress_engine.grayscale.colours import Grays, NoGrayError, is_coloured, is_pattern
from bulkpress_engine.grayscale.content import coloured_inline_images, grayed, has_colour
from bulkpress_engine.grayscale.images import Outcome, is_image_coloured, turn_image_gray
from bulkpress_engine.grayscale.shadings import is_shading, turn_shading_gray
from bulkpress_engine.inspection.resources import entries, is_image
from bulkpress_engine.objects import ObjGen, reachable_containers
from bulkpress_engine.options import Limits
from bulkpress_engine.report import PassReport

MOST_CONTENT_BYTES = 64 * 2**20  # read and written token by token: past it, content stays in colour


def turn_gray(pdf: Pdf, limits: Limits) -> PassReport:
    """Turn images, content and shadings gray, wherever in the document they are."""
    grays = Grays(pdf)
    counts = Counter[str]()
    _turn_contents(pdf, grays, limits, counts)  # first: patterns' spaces are needed as they were
    masks = _soft_masks(pdf)
    for holder in list(reachable_containers(pdf)):
        if is_image(holder) and holder.objgen not in masks:
            outcome = turn_image_gray(holder, grays, cap_bytes=limits.stream_bytes, max_pixels=limits.image_pixels)
            counts[f"images_{outcome}"] += outcome is not Outcome.GRAY
        elif isinstance(holder, Dictionary | Stream) and is_shading(holder):
            _turn_shading(holder, grays, limits, counts)
        elif isinstance(holder, Array) and is_pattern(holder) and len(holder) > 1 and is_coloured(holder[1]):
            holder[1] = Name.DeviceGray
    done = {name: count for name, count in sorted(counts.items()) if count}
    return PassReport("turn_gray", sum(done.values()), decisions=done)


def has_colours(pdf: Pdf, limits: Limits) -> bool:
    """Whether an image, a shading or content is in colour, so that pages with it need not be gray.

    Of documents with form fields it is said too: readers draw those with highlights of their own colour.
    """
    if Name.AcroForm in pdf.Root:
        return True
    masks = _soft_masks(pdf)
    grays = Grays(pdf)
    return any(_is_content_coloured(content, grays, limits) for content in contents(pdf)) or any(
        is_image_coloured(holder)
        if is_image(holder) and holder.objgen not in masks
        else is_shading(holder) and is_coloured(holder[Name.ColorSpace])
        for holder in reachable_containers(pdf)
    )


def _is_content_coloured(content: Content, grays: Grays, limits: Limits) -> bool:
    try:
        data = content.read(min(MOST_CONTENT_BYTES, limits.stream_bytes))
    except UndecodableStreamError:
        return True
    return has_colour(data, entries(content.resources, Name.ColorSpace), grays, inherits=content.page is None)


def _turn_contents(pdf: Pdf, grays: Grays, limits: Limits, counts: Counter[str]) -> None:
    left = MOST_CONTENT_BYTES
    for content in contents(pdf):
        try:
            data = content.read(min(left, limits.stream_bytes))
            left -= len(data)
            counts["inline_images_left_in_colour"] += coloured_inline_images(data)
            gray = grayed(data, entries(content.resources, Name.ColorSpace), grays, inherits=content.page is None)
        except (UndecodableStreamError, UnreadableContentError, NoGrayError):
            counts["content_left_in_colour"] += 1
        else:
            if gray is not None:
                content.replace(pdf, gray)
                counts["content_turned_gray"] += 1


def _turn_shading(shading: Dictionary | Stream, grays: Grays, limits: Limits, counts: Counter[str]) -> None:
    if not is_coloured(shading[Name.ColorSpace]):
        return
    try:
        turn_shading_gray(shading, grays, limits.stream_bytes)
    except (NoGrayError, UndecodableStreamError):
        counts["shadings_left_in_colour"] += 1
    else:
        counts["shadings_turned_gray"] += 1


def _soft_masks(pdf: Pdf) -> frozenset[ObjGen]:
    """Images whose samples are opacity, which has no colour."""
    return frozenset(_mask_places(pdf))


def _mask_places(pdf: Pdf) -> Iterator[ObjGen]:
    for holder in reachable_containers(pdf):
        mask = holder.get(Name.SMask) if is_image(holder) else None
        if isinstance(mask, Stream):
            yield mask.objgen
