"""The passes, in the order they run. To add one: write its file, and put it in its place in `PASSES` and `STEPS`."""

from collections.abc import Callable, Iterable, Mapping

from pikepdf import Pdf

from bulkpress_engine.inspection import DocumentFacts
from bulkpress_engine.options import Limits, Step
from bulkpress_engine.passes.content import rewrite_content
from bulkpress_engine.passes.fonts import press_fonts
from bulkpress_engine.passes.images import press_images
from bulkpress_engine.passes.layers import take_scans_apart
from bulkpress_engine.passes.metadata import strip_private_data, trim_metadata
from bulkpress_engine.passes.profiles import trim_profiles
from bulkpress_engine.passes.streams import recompress_streams
from bulkpress_engine.passes.structure import merge_duplicates
from bulkpress_engine.planning import Plan
from bulkpress_engine.report import PassReport

Pass = Callable[[Pdf, Plan, DocumentFacts, Limits], PassReport]

PASSES: tuple[Pass, ...] = (
    strip_private_data,  # first: nothing is worth compressing that is thrown away
    trim_metadata,
    take_scans_apart,  # before the images: what is taken apart is not pressed again
    press_images,
    press_fonts,
    rewrite_content,
    trim_profiles,
    recompress_streams,
    merge_duplicates,  # last: what was equal has been made equal in the same way
)

STEPS: Mapping[str, tuple[Step, ...]] = {
    "strip_private_data": (Step.STRUCTURE,),
    "trim_metadata": (Step.STRUCTURE,),
    "take_scans_apart": (Step.LAYERS,),
    "press_images": (Step.COARSE, Step.PIXELS, Step.IMAGES),
    "press_fonts": (Step.FONTS,),
    "rewrite_content": (Step.CONTENT,),
    "trim_profiles": (Step.STRUCTURE,),
    "recompress_streams": (),
    "merge_duplicates": (Step.STRUCTURE,),
}
"""By the name of each pass, the steps that it carries out and a plan may do without."""


def steps_used(reports: Iterable[PassReport]) -> frozenset[Step]:
    """The steps of the passes that changed something; what was asked for is no step."""
    return frozenset(step for one in reports if one.objects_changed for step in STEPS.get(one.name, ()))
