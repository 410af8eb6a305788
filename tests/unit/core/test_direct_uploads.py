"""How files are cut into parts."""

import pytest

from bulkpress_core.domain.direct_uploads import MAX_PARTS, part_plan

MIB = 2**20


@pytest.mark.parametrize("size", [0, 1, 8 * MIB])
def test_a_file_of_up_to_a_part_goes_up_whole(size: int) -> None:
    assert part_plan(size, 8 * MIB) is None


@pytest.mark.parametrize(
    ("size", "parts"),
    [
        (8 * MIB + 1, [8 * MIB, 1]),
        (16 * MIB, [8 * MIB, 8 * MIB]),
        (17 * MIB, [8 * MIB, 8 * MIB, MIB]),
    ],
)
def test_a_larger_one_is_cut_and_the_last_part_is_what_is_left(size: int, parts: list[int]) -> None:
    plan = part_plan(size, 8 * MIB)
    assert plan
    assert [plan.size_of(number) for number in range(1, plan.count + 1)] == parts


@pytest.mark.parametrize("size", [MAX_PARTS * 5 * MIB, MAX_PARTS * 5 * MIB + 1, 2**40, 2**40 + 12345])
def test_no_file_has_more_parts_than_the_store_takes(size: int) -> None:
    plan = part_plan(size, 5 * MIB)
    assert plan
    assert plan.count <= MAX_PARTS
    assert plan.part_size_bytes >= 5 * MIB
    assert (plan.count - 1) * plan.part_size_bytes + plan.size_of(plan.count) == size
    assert 0 < plan.size_of(plan.count) <= plan.part_size_bytes
