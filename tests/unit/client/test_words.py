"""What people read: sizes and shares read as facts."""

import pytest

from bulkpress_client.words import byte_count, in_bytes, saved_share


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


@pytest.mark.parametrize(
    ("size", "count"),
    [
        ("800000", 800_000),
        ("10MB", 10_000_000),
        ("10 mb", 10_000_000),
        ("0.1kB", 100),
        ("1.5MiB", 1_572_864),
        ("2GB", 2_000_000_000),
        (" 1GiB ", 2**30),
        ("1.9B", 1),
    ],
)
def test_a_size_is_read_as_it_is_written(size: str, count: int) -> None:
    assert byte_count(size) == count


@pytest.mark.parametrize("size", ["", "MB", "ten MB", "-1MB", "1e3", "10 parsecs", "1,5 MB", "\u0661MB"])
def test_what_is_no_size_is_refused_with_an_example(size: str) -> None:
    with pytest.raises(ValueError, match="write it like"):
        byte_count(size)
