"""The simulation of a lane, where its outcome can be worked out by hand."""

import pytest

from tests.load.autoscaling import Autoscaler, Rule
from tests.load.lane import Arrival, Lane


def test_nothing_to_do_needs_no_pod() -> None:
    assert Autoscaler(Rule()).decide(0.0, 0) == 0


def test_the_first_file_starts_one_pod_and_the_next_look_as_many_as_the_target_wants() -> None:
    scaler = Autoscaler(Rule(target=4, max_replicas=20))
    assert [scaler.decide(at, 13) for at in (0.0, 10.0)] == [1, 4]


def test_pods_are_added_by_four_or_doubled_every_15_seconds() -> None:
    scaler = Autoscaler(Rule(target=1, max_replicas=50, polling_s=5.0))
    assert [scaler.decide(at, 1000) for at in (0.0, 5.0, 10.0, 15.0, 20.0, 35.0, 50.0)] == [1, 5, 5, 5, 10, 20, 40]


def test_pods_stay_as_long_as_more_were_wanted_within_the_window() -> None:
    scaler = Autoscaler(Rule(target=1, max_replicas=5, stabilization_s=60.0))
    seen = {at: scaler.decide(at, backlog) for at, backlog in ((0.0, 5), (10.0, 5), (20.0, 1), (70.0, 1), (80.0, 1))}
    assert seen == {0.0: 1, 10.0: 5, 20.0: 5, 70.0: 5, 80.0: 1}


def test_the_last_pod_goes_after_the_cooldown() -> None:
    scaler = Autoscaler(Rule(cooldown_s=30.0, stabilization_s=0.0))
    assert [scaler.decide(at, backlog) for at, backlog in ((0.0, 1), (10.0, 0), (29.0, 0), (30.0, 0))] == [1, 1, 1, 0]


def test_a_lane_presses_every_file_and_its_last_pod_goes() -> None:
    rule = Rule(target=100, polling_s=10.0, cooldown_s=30.0, stabilization_s=0.0)
    files = [Arrival(1.0, 2.0) for _ in range(3)]
    outcome = Lane(rule, 1, lambda: 5.0).run(iter(files))
    # Seen at 10 s, ready at 15 s; pressed one after another until 21 s; last seen busy at 20 s, so gone at 50 s.
    assert outcome.waits_s == pytest.approx([14.0, 16.0, 18.0])
    assert (outcome.ended_s, outcome.pod_s, outcome.busy_s, outcome.most_pods) == (21.0, 40.0, 6.0, 1)


def test_a_pod_that_is_told_to_stop_ends_its_file_first() -> None:
    rule = Rule(target=1, max_replicas=2, polling_s=1.0, cooldown_s=2.0, stabilization_s=0.0)
    files = [Arrival(0.0, 10.0), Arrival(0.0, 1.0), Arrival(0.0, 1.0)]
    outcome = Lane(rule, 1, lambda: 0.0).run(iter(files))
    assert len(outcome.waits_s) == 3
    assert outcome.ended_s == pytest.approx(10.0)
