"""The proof that a pressed document does no harm: what readers depend on is the same, and pages look the same.

structure (exact) → text (exact, per page) → rendering (tile by tile, within what the level may change)

Harm is what differs; what cannot be compared, such as a page that the renderer refuses in the source as well, is told
apart and proves nothing. All costs are bounded: of long documents pages are sampled, evenly and always the same ones.
"""

from collections import Counter
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from pikepdf import PdfError

from bulkpress_engine.errors import EngineError
from bulkpress_engine.grayscale import has_colours
from bulkpress_engine.objects import ObjGen
from bulkpress_engine.opening import opened
from bulkpress_engine.options import DEFAULT_LIMITS, Limits, PressOptions
from bulkpress_engine.verification.aspects import Aspect
from bulkpress_engine.verification.drawing import Drawing, UndrawableError
from bulkpress_engine.verification.floors import LOSSLESS, floors_for
from bulkpress_engine.verification.gray_drawing import InGray, InItsGray
from bulkpress_engine.verification.rendering import compare_rendering
from bulkpress_engine.verification.sampling import Sample, pages_worth_drawing
from bulkpress_engine.verification.structure import compare_structure
from bulkpress_engine.verification.text import compare_text

__all__ = ["Aspect", "Verdict", "verify"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was found. Each line begins with an Aspect: `links: 3 became 2`."""

    findings: tuple[str, ...] = ()  # harm
    unproven: tuple[str, ...] = ()  # what could not be compared
    suspects: frozenset[ObjGen] = frozenset()  # the source's pictures that alone may be to blame for all of it, if any

    @property
    def harmless(self) -> bool:
        """Whether nothing was found that differs."""
        return not self.findings

    @property
    def aspects(self) -> Counter[Aspect]:
        """How many findings there are of each aspect."""
        return Counter(Aspect(finding.partition(":")[0]) for finding in self.findings)


def verify(source: Path, pressed: Path, *, options: PressOptions, limits: Limits = DEFAULT_LIMITS) -> Verdict:
    """Compare `pressed` with the `source` it was made from by `options`.

    Raises a RefusedPdfError if the source cannot be opened, and MemoryError; a result that cannot be opened, or objects
    so odd that they cannot be compared, are no proof and so are findings.
    """
    with opened(source, options.password, limits) as before:
        try:
            with opened(pressed, options.password, limits) as after:
                if findings := tuple(compare_structure(before, after, limits, options)):
                    return Verdict(findings)
                sample = pages_worth_drawing(before, after, limits)
                is_all_gray = options.grayscale and not has_colours(after, limits)
        except EngineError as error:
            return Verdict((f"{Aspect.OPENING}: {error.code}",))
        except (PdfError, ArithmeticError, AttributeError, LookupError, TypeError, ValueError, RuntimeError) as error:
            return Verdict((f"{Aspect.COMPARISON}: {type(error).__name__}: {error}",))
    return _verdict_on_looks(source, pressed, sample, options, is_all_gray=is_all_gray)


def _verdict_on_looks(
    source: Path, pressed: Path, sample: Sample, options: PressOptions, *, is_all_gray: bool
) -> Verdict:
    """Compare text and rendering of the sampled pages."""
    draw = InGray if options.grayscale else Drawing
    redraw = InItsGray if is_all_gray else draw
    try:
        ours = draw(source, options.password)
    except UndrawableError as error:
        return Verdict(unproven=(f"{Aspect.RENDERING}: {error}",))
    with closing(ours):
        try:
            theirs = redraw(pressed, options.password)
        except UndrawableError as error:
            return Verdict((f"{Aspect.RENDERING}: {error}",))
        with closing(theirs):
            unproven = list(sample.undrawn)
            lossy = floors_for(options)
            floors = {page: lossy if page in sample.repainted else LOSSLESS for page in sample.pages}
            words = tuple(compare_text(ours, theirs, sample.readable))
            looks = tuple(compare_rendering(ours, theirs, floors, unproven))
    suspects = _suspects(sample, looks) if not words else frozenset()
    return Verdict((*words, *(finding for _, finding in looks)), tuple(unproven), suspects)


def _suspects(sample: Sample, looks: Iterable[tuple[int, str]]) -> frozenset[ObjGen]:
    """The changed pictures without those that were drawn on pages without harm alone; none where all are left.

    Nor where a page is harmed that has no changed picture.
    """
    harmed = {number for number, _ in looks}
    if not harmed <= sample.repainted.keys():
        return frozenset()
    changed = _all_of(sample.repainted.values())
    harmless = (sample.repainted.keys() & set(sample.pages)) - harmed
    cleared = _all_of(sample.repainted[page] for page in harmless) - _all_of(sample.repainted[page] for page in harmed)
    return changed - cleared if cleared else frozenset()


def _all_of(parts: Iterable[frozenset[ObjGen]]) -> frozenset[ObjGen]:
    return frozenset[ObjGen]().union(*parts)
