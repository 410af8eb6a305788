"""What a report says to people and to machines."""

import json
from dataclasses import replace

from bulkpress_engine.report import MEANINGS, PassReport, Reason, Report, Result, TargetOutcome, TargetReport

REPORT = Report(
    Result.KEPT,
    Reason.NOT_PROVEN,
    bytes_in=10,
    bytes_out=10,
    passes=(PassReport("images", 2, 5, {"recoded": 2}), PassReport("images", 1, 1, {"recoded": 1, "stencil": 3})),
    fallbacks=("as asked: looks: page 1 is blank", "without pixels: text: page 2 lost a word"),
    given_up={"original.text": 1, "pixels.rendering": 1},
)


def test_every_reason_has_words_for_people() -> None:
    assert set(MEANINGS) == set(Reason)


def test_the_message_ends_with_what_verification_found_last() -> None:
    assert REPORT.message == f"{MEANINGS[Reason.NOT_PROVEN]} (without pixels: text: page 2 lost a word)"


def test_decisions_of_passes_of_one_name_add_up() -> None:
    decisions = {name: count for name, count in REPORT.decisions.items() if name.startswith("images.")}
    assert decisions == {"images.recoded": 3, "images.stencil": 3}


def test_what_was_given_up_is_counted_among_the_decisions() -> None:
    given_up = {name: count for name, count in REPORT.decisions.items() if name.startswith("given_up.")}
    assert given_up == {"given_up.original.text": 1, "given_up.pixels.rendering": 1}


def test_a_report_comes_back_from_json_as_it_was() -> None:
    assert Report.from_dict(REPORT.as_dict()) == REPORT


def test_a_missed_target_says_what_fills_the_file() -> None:
    missed = TargetReport(TargetOutcome.CLOSEST, 8, 1.0, 3, {"fonts": 9, "structure": 1})
    told = replace(REPORT, target=missed)
    assert told.message.endswith("This is the closest to the target that can still be read: 90 % of it is fonts.")
    assert Report.from_dict(json.loads(json.dumps(told.as_dict()))) == told
    assert replace(REPORT, target=replace(missed, outcome=TargetOutcome.MET)).message == REPORT.message
