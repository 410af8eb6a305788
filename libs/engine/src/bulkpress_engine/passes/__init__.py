"""The passes, in the order they run. To add one: write its file, and put it in its place in `PASSES`."""

from collections.abc import Callable

from pikepdf import Pdf

from bulkpress_engine.inspection import DocumentFacts
from bulkpress_engine.options import Limits
from bulkpress_engine.passes.images import press_images
from bulkpress_engine.passes.metadata import strip_private_data
from bulkpress_engine.passes.streams import recompress_streams
from bulkpress_engine.passes.structure import merge_duplicates
from bulkpress_engine.planning import Plan
from bulkpress_engine.report import PassReport

Pass = Callable[[Pdf, Plan, DocumentFacts, Limits], PassReport]

PASSES: tuple[Pass, ...] = (
    strip_private_data,  # first: nothing is worth compressing that is thrown away
    press_images,
    recompress_streams,
    merge_duplicates,  # last: what was equal has been made equal in the same way
)
