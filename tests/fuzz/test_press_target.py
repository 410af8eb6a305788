"""The fuzz target holds for its seeds, and for some mutations of each that are the same in every run."""

import random

import pytest

from tests.fuzz.mutations import mutated
from tests.fuzz.press_target import press_any_bytes
from tests.fuzz.seeds import seeds

MUTATIONS_EACH = 3
SEEDS = dict(seeds())


@pytest.mark.parametrize("name", SEEDS)
def test_a_document_and_some_mutations_of_it_break_no_promise(name: str) -> None:
    press_any_bytes(SEEDS[name])
    for seed in range(MUTATIONS_EACH):
        press_any_bytes(mutated(SEEDS[name], random.Random(f"{name} {seed}")))


def test_mutations_are_repeatable_and_do_change_the_document() -> None:
    document = SEEDS["features.form"]
    assert mutated(document, random.Random(1)) == mutated(document, random.Random(1)) != document
