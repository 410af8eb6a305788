"""One lane as a discrete-event simulation: files come, an autoscaler starts and stops pods, pods press files."""

import heapq
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from tests.load.autoscaling import Autoscaler, Rule


@dataclass(frozen=True, slots=True)
class Arrival:
    """A file that comes to the lane, in seconds from the beginning, and how long pressing it takes."""

    at_s: float
    press_s: float


@dataclass
class Pod:
    """A worker: when it is ready, how many files it presses, and since when it is to stop."""

    slots: int
    started_s: float
    ready: bool = False
    busy: int = 0
    stopping: bool = False


@dataclass
class Outcome:
    """What came of it. Times in seconds."""

    waits_s: list[float] = field(default_factory=list)
    pod_s: float = 0.0
    busy_s: float = 0.0
    most_pods: int = 0
    ended_s: float = 0.0


class Lane:
    """A lane of pods with `slots` files at once each; `start_s` gives how long a pod takes to its first claim.

    Files are pressed in the order in which they came: who waits how long differs by tenant, but not their sum.
    """

    def __init__(self, rule: Rule, slots: int, start_s: Callable[[], float]) -> None:
        self._scaler = Autoscaler(rule)
        self._rule = rule
        self._slots = slots
        self._start_s = start_s
        self._waiting: deque[Arrival] = deque()
        self._pods: list[Pod] = []
        self._running = 0
        self._events: list[tuple[float, int, Callable[..., None], tuple[Any, ...]]] = []
        self._numbers = count()
        self._now_s = 0.0
        self.outcome = Outcome()

    def run(self, arrivals: Iterator[Arrival]) -> Outcome:
        """Let all files come and be pressed, and all pods go that the rule lets go."""
        self._next_arrival(arrivals)
        self._at(0.0, self._poll)
        while self._events:
            self._now_s, _, action, values = heapq.heappop(self._events)
            action(*values)
        return self.outcome

    def _at(self, at_s: float, action: Callable[..., None], *values: Any) -> None:
        heapq.heappush(self._events, (at_s, next(self._numbers), action, values))

    def _next_arrival(self, arrivals: Iterator[Arrival]) -> None:
        self._more = next(arrivals, None)
        if self._more:
            self._at(self._more.at_s, self._arrive, self._more, arrivals)

    def _arrive(self, file: Arrival, arrivals: Iterator[Arrival]) -> None:
        self._waiting.append(file)
        self._next_arrival(arrivals)
        self._press_more()

    def _poll(self) -> None:
        wanted = self._scaler.decide(self._now_s, len(self._waiting) + self._running)
        there = [pod for pod in self._pods if not pod.stopping]
        for _ in range(wanted - len(there)):
            self._start()
        for pod in sorted(there, key=lambda pod: pod.busy)[: max(0, len(there) - wanted)]:
            self._stop(pod)
        self.outcome.most_pods = max(self.outcome.most_pods, len(self._pods))
        if self._more or self._waiting or self._running or (self._pods and self._rule.min_replicas == 0):
            self._at(self._now_s + self._rule.polling_s, self._poll)
        else:
            for pod in list(self._pods):
                self._stop(pod)

    def _start(self) -> None:
        pod = Pod(self._slots, self._now_s)
        self._pods.append(pod)
        self._at(self._now_s + self._start_s(), self._become_ready, pod)

    def _become_ready(self, pod: Pod) -> None:
        pod.ready = True
        self._press_more()

    def _stop(self, pod: Pod) -> None:
        pod.stopping = True
        if not pod.busy:
            self._end(pod)

    def _end(self, pod: Pod) -> None:
        self._pods.remove(pod)
        self.outcome.pod_s += self._now_s - pod.started_s

    def _press_more(self) -> None:
        for pod in self._pods:
            while self._waiting and pod.ready and not pod.stopping and pod.busy < pod.slots:
                self._press(self._waiting.popleft(), pod)
            if not self._waiting:
                return

    def _press(self, file: Arrival, pod: Pod) -> None:
        pod.busy += 1
        self._running += 1
        self.outcome.waits_s.append(self._now_s - file.at_s)
        self.outcome.busy_s += file.press_s
        self._at(self._now_s + file.press_s, self._pressed, pod)

    def _pressed(self, pod: Pod) -> None:
        pod.busy -= 1
        self._running -= 1
        self.outcome.ended_s = self._now_s
        if pod.stopping and not pod.busy:
            self._end(pod)
        self._press_more()
