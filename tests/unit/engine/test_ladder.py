"""What is given up when a proof fails: the step to blame, then the next, and at the end the original comes back."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pikepdf import Pdf, Stream

from bulkpress_engine import press as story
from bulkpress_engine.errors import EngineCrashError
from bulkpress_engine.ladder import EVERYTHING, MOST_TRIES, SUSPECTS, Try, next_try
from bulkpress_engine.options import DEFAULT_LIMITS, PressOptions, Step, Without
from bulkpress_engine.passes import PASSES, STEPS, steps_used
from bulkpress_engine.planning import Plan
from bulkpress_engine.press import press_proven
from bulkpress_engine.report import PassReport, Reason, Report, Result
from bulkpress_engine.verification import Aspect, Verdict
from tests.support.pdf_factory import images, pages, pictures

LAYERS, COARSE, PIXELS, FONTS, CONTENT, IMAGES, STRUCTURE = (
    Step.LAYERS, Step.COARSE, Step.PIXELS, Step.FONTS, Step.CONTENT, Step.IMAGES, Step.STRUCTURE
)  # fmt: skip
ALL = frozenset(Step)


@pytest.mark.parametrize(
    ("without", "aspects", "used", "expected"),
    [
        ((), {Aspect.RENDERING}, ALL, {LAYERS}),
        ((), {Aspect.COLOUR}, ALL, {LAYERS}),
        ({LAYERS}, {Aspect.RENDERING, Aspect.COLOUR}, ALL, {LAYERS, COARSE}),  # a little finer
        ({LAYERS, COARSE}, {Aspect.RENDERING}, ALL, {LAYERS, COARSE, PIXELS}),
        ({COARSE, PIXELS}, {Aspect.RENDERING}, ALL - {LAYERS}, {COARSE, PIXELS, FONTS}),
        ((), {Aspect.CRASH}, {COARSE, PIXELS, IMAGES}, {PIXELS}),  # finer pictures would break as well
        ((), {Aspect.RENDERING}, {FONTS, CONTENT}, {FONTS}),  # what changed nothing is not blamed
        ((), {Aspect.DRAWING}, ALL, {CONTENT}),  # pictures are above suspicion where none was changed
        ((), {Aspect.RENDERING}, {STRUCTURE}, {STRUCTURE}),
        ((), {Aspect.TEXT}, ALL, {FONTS}),
        ((), {Aspect.TEXT, Aspect.RENDERING}, ALL, {FONTS}),  # fonts explain both
        ({FONTS}, {Aspect.TEXT}, ALL, {FONTS, CONTENT}),
        ((), {Aspect.TEXT}, {PIXELS, IMAGES}, ALL),  # no suspect was at work, so all are
        ((), {Aspect.LINKS}, ALL, ALL),
        ((), {Aspect.TAGS, Aspect.RENDERING}, ALL, ALL),
        ((), {Aspect.OPENING}, ALL, ALL),
        ((), {Aspect.COMPARISON}, {CONTENT}, ALL),
        ((), {Aspect.CRASH}, {CONTENT}, {CONTENT}),
        ({LAYERS, PIXELS, FONTS}, {Aspect.RENDERING}, ALL, ALL),  # the last try
        (ALL, {Aspect.RENDERING}, ALL, None),
        ({LAYERS}, {Aspect.RENDERING}, {LAYERS}, None),  # the next would be the same again
        ((), {Aspect.RENDERING}, (), None),
    ],
)
def test_the_step_to_blame_is_given_up(
    without: set[Step], aspects: set[Aspect], used: set[Step], expected: set[Step] | None
) -> None:
    assert next_try(Without(without), aspects, frozenset(used)) == (None if expected is None else Without(expected))


SOME = frozenset({(7, 0)})


@pytest.mark.parametrize(
    ("now", "used", "then"),
    [
        (Try(Without()), ALL, Try(Without(), SOME)),
        (Try(Without({LAYERS, COARSE})), ALL, Try(Without({LAYERS, COARSE, PIXELS}))),  # they are spared already
        (Try(Without({PIXELS})), ALL - {LAYERS}, Try(Without({PIXELS, FONTS}))),  # no pixel of them was changed
        (Try(Without(), SOME), ALL, Try(Without({LAYERS}), SOME)),  # that was not it, or not all
        (Try(Without()), frozenset({FONTS}), Try(Without({FONTS}))),
    ],
)
def test_pictures_that_alone_may_be_to_blame_are_spared_first_and_once(now: Try, used: Without, then: Try) -> None:
    assert now.gentler({Aspect.RENDERING}, SOME, used) == then


@pytest.mark.parametrize("aspect", Aspect)
def test_the_way_down_is_short_and_ends(aspect: Aspect) -> None:
    tries: list[Without] = [Without()]
    while (gentler := next_try(tries[-1], {aspect}, ALL)) is not None:
        assert tries[-1] < gentler
        tries.append(gentler)
    assert tries[-1] == EVERYTHING
    assert len(tries) <= MOST_TRIES


def test_looks_can_be_spoilt_by_every_step() -> None:
    assert set(SUSPECTS[Aspect.RENDERING]) == set(Step)


def test_every_pass_says_which_steps_it_carries_out() -> None:
    assert {run.__name__ for run in PASSES} == STEPS.keys()


def test_a_step_that_changed_nothing_was_not_used() -> None:
    assert steps_used([PassReport("press_images", 0), PassReport("merge_duplicates", 2)]) == {STRUCTURE}


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A photograph at 300 dpi, which gains with fewer pixels, and without."""
    path = tmp_path / "source.pdf"
    path.write_bytes(images.photo_flate())
    return path


@pytest.fixture
def target(tmp_path: Path) -> Path:
    """Where the pressed document goes."""
    return tmp_path / "pressed.pdf"


def pressed_with(verdicts: Iterator[Verdict], source: Path, target: Path) -> Report:
    """The report of a press whose proofs end with these verdicts, one after the other."""
    return press_proven(source, target, PressOptions(), DEFAULT_LIMITS, lambda *_, **__: next(verdicts))


def two_photographs() -> bytes:
    """Two pages, each with a photograph of its own at 200 dpi."""
    pdf = Pdf.new()
    for seed in (1, 2):
        image = images.flate_image(pdf, pictures.photo(800, 600, seed=seed))
        images.page_of(pdf, image, width_pt=288, height_pt=216)
    return pages.saved(pdf)


def widths(path: Path) -> list[int]:
    """The width in pixels of the images of a document."""
    with Pdf.open(path) as pdf:
        return [int(one.Width) for one in pdf.objects if isinstance(one, Stream) and one.get("/Subtype") == "/Image"]


def test_a_page_that_looks_different_is_tried_finer_first(source: Path, target: Path) -> None:
    report = pressed_with(iter([Verdict(("rendering: page 1",)), Verdict()]), source, target)
    assert report.given_up == {"coarse.rendering": 1}
    as_asked = pressed_with(iter([Verdict()]), source, target)
    assert as_asked.bytes_out < report.bytes_out < report.bytes_in / 2


def sizes(path: Path) -> list[tuple[int, int]]:
    """Width and stored bytes of the picture on each page."""
    with Pdf.open(path) as pdf:
        pictures = [page.Resources.XObject.Im0 for page in pdf.pages]
        return [(int(one.Width), len(one.read_raw_bytes())) for one in pictures]


def test_where_one_picture_is_to_blame_the_others_are_as_small_as_asked(source: Path, target: Path) -> None:
    source.write_bytes(two_photographs())
    with Pdf.open(source) as pdf:
        blamed = pdf.pages[1].Resources.XObject.Im0.objgen
    pressed_with(iter([Verdict()]), source, target)
    as_asked = sizes(target)
    harm = Verdict(("rendering: page 2",), suspects=frozenset({blamed}))
    report = pressed_with(iter([harm, Verdict()]), source, target)
    assert (report.reason, report.given_up) == (Reason.COMPRESSED_GENTLER, {"coarse.rendering": 1})
    (one, other), (one_asked, other_asked) = sizes(target), as_asked
    assert one == one_asked
    assert (other[0], other[1] > other_asked[1]) == (other_asked[0], True)  # as many pixels, of a finer quality


def test_a_page_that_still_looks_different_costs_the_pixels_only(source: Path, target: Path) -> None:
    harm = Verdict(("rendering: page 1", "colour: page 1"))
    report = pressed_with(iter([harm, harm, Verdict()]), source, target)
    assert (report.result, report.reason) == (Result.PRESSED, Reason.COMPRESSED_GENTLER)
    assert report.fallbacks[2:] == ("without coarse: rendering: page 1", "without coarse: colour: page 1")
    assert {key for key in report.given_up if "pixels" in key} == {"pixels.colour", "pixels.rendering"}
    assert widths(target) == widths(source)


def test_when_nothing_is_proven_harmless_the_original_comes_back(source: Path, target: Path) -> None:
    report = pressed_with(iter([Verdict(("links: 3 became 2",))] * MOST_TRIES), source, target)
    assert (report.result, report.reason) == (Result.KEPT, Reason.NOT_PROVEN)
    assert report.given_up["original.links"] == 1
    assert target.read_bytes() == source.read_bytes()


def crashing(run: Callable[..., PassReport]) -> Callable[..., PassReport]:
    """The pass, with a defect."""

    def crash(*_: object) -> PassReport:
        raise KeyError("a defect")

    crash.__name__ = run.__name__
    return crash


@pytest.mark.parametrize("name", [name for name, steps in STEPS.items() if steps])
def test_a_pass_with_a_defect_costs_its_own_step(
    name: str, source: Path, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def without(run: Callable[..., PassReport]) -> Callable[..., PassReport]:
        def broken(pdf: Pdf, plan: Plan, *rest: object) -> PassReport:
            is_done_without = set(STEPS[name]) - {COARSE} <= plan.without
            return run(pdf, plan, *rest) if is_done_without else crashing(run)()

        broken.__name__ = run.__name__
        return broken

    monkeypatch.setattr(story, "PASSES", tuple(without(run) if run.__name__ == name else run for run in PASSES))
    report = pressed_with(iter([Verdict()]), source, target)
    assert (report.result, report.reason) == (Result.PRESSED, Reason.COMPRESSED_GENTLER)
    assert {key.partition(".")[0] for key in report.given_up} == set(STEPS[name]) - {COARSE}


def test_a_defect_that_no_plan_can_do_without_is_told(
    source: Path, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    steady = {name for name, steps in STEPS.items() if not steps}
    monkeypatch.setattr(story, "PASSES", tuple(crashing(run) for run in PASSES if run.__name__ in steady))
    with pytest.raises(EngineCrashError, match="a defect"):
        pressed_with(iter([]), source, target)
    assert not target.exists()


def test_a_document_of_text_gives_up_nothing(source: Path, target: Path) -> None:
    source.write_bytes(pages.many_pages())
    report = pressed_with(iter([Verdict()]), source, target)
    assert (report.reason, report.given_up) == (Reason.COMPRESSED, {})


def test_what_the_caller_does_not_want_is_never_tried(source: Path, target: Path) -> None:
    source.write_bytes(images.photo_flate())
    asked = PressOptions(without=Without({PIXELS, CONTENT}))
    verdicts = iter([Verdict(("rendering: page 1",)), Verdict()])
    report = press_proven(source, target, asked, DEFAULT_LIMITS, lambda *_, **__: next(verdicts))
    assert report.fallbacks == ("as asked: rendering: page 1",)
    assert report.given_up == {"images.rendering": 1}
