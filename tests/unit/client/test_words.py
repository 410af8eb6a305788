"""What people read: sizes and shares read as facts."""

import pytest

from bulkpress_client.words import in_bytes, saved_share


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1 kB"),
        (1234, "1.23 kB"),
        (999_499, "999 kB"),
        (999_500, "1 MB"),
        (5_000_000_000, "5 GB"),
        (7_200_000_000_000, "7.2 TB"),
    ],
)
def test_sizes_have_three_digits(count: int, text: str) -> None:
    assert in_bytes(count) == text


@pytest.mark.parametrize(
    ("before", "after", "text"), [(100, 38, "-62 %"), (10_000, 1, "-99 %"), (100, 100, "0 %"), (0, 0, "0 %")]
)
def test_shares_are_of_the_original(before: int, after: int, text: str) -> None:
    assert saved_share(before, after) == text
