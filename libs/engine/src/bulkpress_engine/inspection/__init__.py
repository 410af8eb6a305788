"""The facts of a document that planning needs, found without changing or decoding more of it than that takes."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from pikepdf import Dictionary, Name, Object, Pdf, Stream

from bulkpress_engine.fonts.facts import FontFacts
from bulkpress_engine.images.facts import ImageFacts, fingerprint, read_image_facts
from bulkpress_engine.inspection.fonts import find_fonts
from bulkpress_engine.inspection.pdfa import pdfa_part
from bulkpress_engine.inspection.pdfx import is_early_pdfx
from bulkpress_engine.inspection.placements import Placements
from bulkpress_engine.inspection.resources import is_image
from bulkpress_engine.inspection.walk import walk_content
from bulkpress_engine.objects import ObjGen, reachable_containers
from bulkpress_engine.options import Limits

__all__ = ["DocumentFacts", "inspect"]

DEFAULT_SPACES = (Name.DefaultGray, Name.DefaultRGB, Name.DefaultCMYK)


@dataclass(frozen=True, slots=True)
class DocumentFacts:
    """What planning needs to know of a document."""

    pages: int
    streams: Mapping[ObjGen, int]  # those that will be saved, in a fixed order, and the bytes that each takes
    images: Mapping[ObjGen, ImageFacts]
    pdfa_part: int | None  # of ISO 19005, as the document claims
    has_output_intent: bool
    has_default_spaces: bool  # /DefaultRGB and the like somewhere: device colours mean calibrated ones
    is_early_pdfx: bool = False  # it claims PDF/X-1 to X-3 (ISO 15930)
    fonts: tuple[FontFacts, ...] = ()


def inspect(pdf: Pdf, limits: Limits) -> DocumentFacts:
    """Read the facts of a document."""
    streams = [holder for holder in reachable_containers(pdf) if isinstance(holder, Stream)]
    images = {stream.objgen: stream for stream in streams if is_image(stream)}
    soft_masks = {mask.objgen for image in images.values() if isinstance(mask := image.get(Name.SMask), Stream)}
    placements, shown = walk_content(pdf, limits)
    twins = {key: fingerprint(image) for key, image in images.items()}
    drawn_pt = _largest_drawings(images.values(), placements, twins)
    return DocumentFacts(
        pages=len(pdf.pages),
        streams={stream.objgen: len(stream.read_raw_bytes()) for stream in streams},
        images={
            key: read_image_facts(
                image, drawn_pt.get(key), is_soft_mask=key in soft_masks, twin=twins[key], cap_bytes=limits.stream_bytes
            )
            for key, image in images.items()
        },
        fonts=find_fonts(pdf, shown),
        pdfa_part=pdfa_part(pdf),
        is_early_pdfx=is_early_pdfx(pdf),
        has_output_intent=Name.OutputIntents in pdf.Root,
        has_default_spaces=any(space in spaces for spaces in _colour_space_resources(pdf) for space in DEFAULT_SPACES),
    )


def _largest_drawings(
    images: Iterable[Object], placements: Placements, twins: Mapping[ObjGen, str]
) -> dict[ObjGen, tuple[float, float]]:
    """Width and height in points that each image must suffice for: its own, its masks' and its twins' largest drawing.

    Images with a drawing that is not known are left out, and so are their twins, so that twins stay twins.
    """
    drawn: dict[ObjGen, list[tuple[float, float]]] = defaultdict(list)
    unknown = set(placements.unknown)
    for image in images:
        own = placements.drawn_pt.get(image.objgen)
        parts = [image.objgen, *(part.objgen for part in _masks(image))]
        for part in parts:
            drawn[part] += [own] if own else []
        if image.objgen in placements.unknown:
            unknown.update(parts)
    by_twin: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for key, sizes in drawn.items():
        by_twin[twins.get(key, str(key))] += sizes
    unsure = {twins.get(key, str(key)) for key in unknown}
    return {
        key: (max(width for width, _ in sizes), max(height for _, height in sizes))
        for key in drawn
        if (twin := twins.get(key, str(key))) not in unsure and (sizes := by_twin[twin])
    }


def _masks(image: Object) -> list[Stream]:
    return [mask for name in (Name.SMask, Name.Mask) if isinstance(mask := image.get(name), Stream)]


def _colour_space_resources(pdf: Pdf) -> Iterable[Dictionary]:
    """Every /ColorSpace resource dictionary of the document."""
    for candidate in pdf.objects:
        if isinstance(candidate, Dictionary | Stream):
            # The resources of something, or a resource dictionary that stands by itself.
            for resources in (candidate, candidate.get(Name.Resources)):
                spaces = resources.get(Name.ColorSpace) if isinstance(resources, Dictionary) else None
                if isinstance(spaces, Dictionary):
                    yield spaces
