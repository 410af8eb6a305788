"""The rule by which KEDA and the HPA it makes size a lane, as their documentation tells it.

KEDA asks for the backlog every polling interval, starts the first pod when there is one, and takes the last one after
the cooldown (KEDA, ScaledObject specification). Between one pod and the most, the HorizontalPodAutoscaler wants
ceil(backlog / target) pods, adds at most the larger of 4 pods and 100 % in 15 s, and takes pods only down to the most
that it has wanted within the stabilisation window (Kubernetes, "Horizontal Pod Autoscaling", default behaviour).
"""

from collections import deque
from dataclasses import dataclass, field
from math import ceil

HPA_PERIOD_S = 15.0
MOST_ADDED_PODS, MOST_ADDED_SHARE = 4, 1.0
TOLERANCE = 0.1  # of the ratio between what is and what is wanted, within which nothing is done


@dataclass(frozen=True)
class Rule:
    """A lane's settings, by the names of the chart's values. Times in seconds."""

    target: int = 4  # waiting and running files for each pod
    min_replicas: int = 0
    max_replicas: int = 20
    polling_s: float = 10.0
    cooldown_s: float = 300.0
    stabilization_s: float = 300.0
    hpa_period_s: float = HPA_PERIOD_S


@dataclass
class Autoscaler:
    """Decides how many pods there are to be. Ask it once each polling interval."""

    rule: Rule
    pods: int = 0
    _wanted: deque[tuple[float, int]] = field(default_factory=deque)
    _last_backlog_at: float = float("-inf")
    _last_added_at: float = float("-inf")

    def decide(self, now_s: float, backlog: int) -> int:
        """How many pods there are to be from now on, by how many files wait or run."""
        rule = self.rule
        if backlog:
            self._last_backlog_at = now_s
        if self.pods == 0:
            self.pods = max(rule.min_replicas, 1 if backlog else 0)
            self._wanted.clear()
            return self.pods
        wanted = min(rule.max_replicas, max(1, rule.min_replicas, self._by_target(backlog)))
        self._remember(now_s, wanted)
        if wanted > self.pods:
            self.pods = self._raised(now_s, wanted)
        else:
            self.pods = min(self.pods, max(pods for _, pods in self._wanted))
        if rule.min_replicas == 0 and now_s - self._last_backlog_at >= rule.cooldown_s:
            self.pods = 0
        return self.pods

    def _by_target(self, backlog: int) -> int:
        ratio = backlog / (self.rule.target * self.pods)
        return self.pods if abs(ratio - 1) <= TOLERANCE else ceil(backlog / self.rule.target)

    def _remember(self, now_s: float, wanted: int) -> None:
        self._wanted.append((now_s, wanted))
        while self._wanted[0][0] < now_s - self.rule.stabilization_s:
            self._wanted.popleft()

    def _raised(self, now_s: float, wanted: int) -> int:
        if now_s - self._last_added_at < self.rule.hpa_period_s:
            return self.pods
        self._last_added_at = now_s
        return min(wanted, max(self.pods + MOST_ADDED_PODS, ceil(self.pods * (1 + MOST_ADDED_SHARE))))
