"""The form of API keys, and what a key opens."""

import re

import pytest

from bulkpress_core.domain.access import KEY, digest_of, key_id_of, new_key_id, new_key_text


def test_a_key_names_its_id_and_is_never_the_same_twice() -> None:
    key_id = new_key_id()
    texts = {new_key_text(key_id) for _ in range(20)}
    assert len(texts) == 20
    assert {key_id_of(text) for text in texts} == {key_id}


def test_every_single_misspelling_of_a_key_is_known_without_asking_anybody() -> None:
    text = new_key_text(new_key_id())
    for at in range(len(text)):
        wrong = text[:at] + ("0" if text[at] != "0" else "1") + text[at + 1 :]
        assert key_id_of(wrong) is None, at


@pytest.mark.parametrize("change", [lambda key: key[:-1], lambda key: key + "0", lambda key: f" {key}", str.lower])
def test_what_is_cut_off_or_added_to_is_no_key(change: object) -> None:
    assert key_id_of(change(new_key_text(new_key_id()))) is None  # type: ignore[operator]


def test_a_scanner_finds_a_key_in_the_middle_of_a_file() -> None:
    text = new_key_text(new_key_id())
    found = re.search(rf"\b{KEY.pattern}\b", f'{{"token":"{text}"}}')
    assert found
    assert key_id_of(found[0])


def test_what_is_kept_of_a_key_is_a_digest_of_256_bits() -> None:
    assert len(digest_of("bp_x")) * 4 == 256
