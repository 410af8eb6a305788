"""The pulse of the loop that takes messages."""

import pytest

from compression_worker.pulse import Pulse, StoppedPulseError


class Clock:
    """A clock that stands until it is set."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_loop_that_turns_is_well() -> None:
    clock = Clock()
    pulse = Pulse(60.0, clock)
    pulse.beat()
    clock.now = 60.0
    pulse.check()


def test_a_loop_that_stands_still_for_longer_is_not_and_one_is_told_what_to_do() -> None:
    clock = Clock()
    pulse = Pulse(60.0, clock)
    pulse.beat()
    clock.now = 61.0
    with pytest.raises(StoppedPulseError, match=r"stood still for 61 s: restart this worker"):
        pulse.check()


def test_without_a_connection_nothing_need_turn() -> None:
    clock = Clock()
    pulse = Pulse(60.0, clock)
    pulse.check()
    pulse.beat()
    pulse.rest()
    clock.now = 1000.0
    pulse.check()
