"""The vocabulary of reasons is closed, and every word of it is explained to people."""

import re
from pathlib import Path

from bulkpress_core.domain.jobs import NOT_UPLOADED, engine_crash
from bulkpress_engine.images.decide import KeepReason
from compression_worker.reasons import WorkerReason, all_reasons, engine_codes

PAGE = Path(__file__).parents[3] / "docs" / "reference" / "reasons.md"


def test_every_reason_is_in_the_page() -> None:
    explained = set(re.findall(r"^\| `(\w+)` \|", PAGE.read_text(), flags=re.MULTILINE))
    assert (all_reasons() | set(KeepReason) | {NOT_UPLOADED.reason}) - explained == set()


def test_the_sweep_uses_a_word_of_the_vocabulary() -> None:
    assert engine_crash(3).reason in engine_codes()


def test_the_worker_and_the_engine_never_mean_two_things_by_one_word() -> None:
    assert set(WorkerReason) & engine_codes() == set()
