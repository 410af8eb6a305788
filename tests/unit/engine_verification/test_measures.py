"""The arithmetic of differences, floors and samples."""

import itertools

import numpy as np
import pytest

from bulkpress_engine.options import Level, PressOptions
from bulkpress_engine.verification.floors import FAITHFUL, LOSSLESS, floors_for
from bulkpress_engine.verification.measures import Pixels, differences
from bulkpress_engine.verification.sampling import evenly


def noise(height: int = 96, width: int = 128) -> Pixels:
    """A page of noise, the same each time."""
    return np.random.default_rng(1).integers(0, 256, (height, width, 3), np.uint8)


def test_a_page_is_like_itself() -> None:
    found = differences(noise(), noise())
    assert (found.spot, found.patch, found.tint, found.page) == (0, 0, 0, 0)
    assert (found.likeness, found.hue, found.ink) == (1, 1, 1)
    nearly = noise()
    nearly[0, 0, 0] ^= 1
    assert differences(noise(), nearly).likeness == pytest.approx(1.0, abs=1e-3)


def test_an_inverted_page_is_the_opposite_of_itself() -> None:
    assert differences(noise(), 255 - noise()).likeness < -0.4  # noise halves under the blur; FLAT takes the rest


def test_a_uniform_shift_is_seen_by_every_measure_of_colour() -> None:
    ours = np.full((64, 64, 3), 100, np.uint8)
    found = differences(ours, ours + np.array([6, 0, 0], np.uint8))
    assert (found.spot, found.patch, found.page) == (6, 6, 6)
    assert found.tint == pytest.approx(4)  # 6 less the mean of 6, 0, 0


def test_a_spot_weighs_less_in_the_patch_around_it() -> None:
    ours = np.zeros((64, 64, 3), np.uint8)
    theirs = ours.copy()
    theirs[8:16, 8:16] = 160
    found = differences(ours, theirs)
    assert found.spot == 160
    assert found.patch == 160 / 16  # one of 4 x 4 spots
    assert found.page == 160 / 64


@pytest.mark.parametrize("size", [(1, 1), (7, 300), (33, 31)])
def test_pages_of_any_size_can_be_compared(size: tuple[int, int]) -> None:
    assert differences(noise(*size), noise(*size)).spot == 0
    darker = noise(*size) // 2 + np.uint8(90)
    assert differences(darker, darker + np.uint8(5)).spot == 5


def test_a_spot_in_the_last_tile_is_seen_though_the_tile_is_cut_off() -> None:
    ours = np.zeros((67, 67, 3), np.uint8)
    theirs = ours.copy()
    theirs[64:, 64:] = 100
    assert differences(ours, theirs).spot == 100


def test_floors_loosen_as_quality_falls_and_never_take_an_inverted_picture() -> None:
    floors = [floors_for(PressOptions(image_quality=quality)) for quality in range(1, 101)]
    for looser, tighter in itertools.pairwise(floors):
        assert looser.spot >= tighter.spot
        assert looser.tint >= tighter.tint
        assert 0 <= looser.likeness <= tighter.likeness


def test_low_is_held_to_faithful_whatever_the_quality() -> None:
    assert floors_for(PressOptions(level=Level.LOW, image_quality=1)) == FAITHFUL
    assert floors_for(PressOptions(level=Level.LOW, position=0.0)) == LOSSLESS


@pytest.mark.parametrize(
    ("total", "most", "chosen"),
    [
        (3, 5, [0, 1, 2]),
        (5, 5, [0, 1, 2, 3, 4]),
        (100, 5, [0, 25, 50, 74, 99]),  # 49.5 rounds to the even 50, 74.25 to 74
        (0, 5, []),
    ],
)
def test_a_sample_is_even_and_has_both_ends(total: int, most: int, chosen: list[int]) -> None:
    assert evenly(total, most) == chosen
