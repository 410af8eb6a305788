"""The lanes: which a worker works on, and what a file may take in each."""

from dataclasses import dataclass
from typing import Self

from pydantic import Field, field_validator, model_validator

from bulkpress_core.domain.lanes import Lane
from bulkpress_core.settings.base import Group


@dataclass(frozen=True, slots=True)
class LaneLimits:
    """What a file of one lane may take. Pressing ends first, then Celery's soft limit, then its hard one."""

    press_s: float
    soft_s: int
    hard_s: int
    memory_bytes: int

    @property
    def nest(self) -> bool:
        """Whether each limit leaves the one within it time to act."""
        return self.press_s < self.soft_s < self.hard_s


class LaneSettings(Group):
    """Lanes and their limits."""

    bulkpress_lanes: str = Field(
        default="",
        description="lanes this worker works on, with commas between them; all, unless told otherwise",
    )

    # Limits of the lane `compression`. The two time limits are Celery's, for one message; pressing must
    # end before the soft one.
    bulkpress_soft_time_limit_s: int = Field(
        default=300, ge=5, description="Celery's soft limit: the file is given up and ends `timed_out`"
    )
    bulkpress_hard_time_limit_s: int = Field(
        default=600, ge=6, description="Celery's hard limit: the process is killed"
    )
    bulkpress_press_limit_s: float = Field(default=240.0, gt=0, description="seconds that pressing one file may take")
    bulkpress_memory_limit_bytes: int = Field(
        default=1536 * 2**20, ge=256 * 2**20, description="address space that pressing one file may take"
    )
    # Limits of the other two lanes
    bulkpress_express_press_limit_s: float = Field(
        default=60.0, gt=0, description="BULKPRESS_PRESS_LIMIT_S in the express lane"
    )
    bulkpress_express_soft_time_limit_s: int = Field(
        default=120, ge=5, description="BULKPRESS_SOFT_TIME_LIMIT_S in the express lane"
    )
    bulkpress_express_hard_time_limit_s: int = Field(
        default=180, ge=6, description="BULKPRESS_HARD_TIME_LIMIT_S in the express lane"
    )
    bulkpress_express_memory_limit_bytes: int = Field(
        default=768 * 2**20,
        ge=256 * 2**20,
        description="BULKPRESS_MEMORY_LIMIT_BYTES in the express lane; what needs more is moved",
    )
    bulkpress_heavy_press_limit_s: float = Field(
        default=1500.0, gt=0, description="BULKPRESS_PRESS_LIMIT_S in the heavy lane"
    )
    bulkpress_heavy_soft_time_limit_s: int = Field(
        default=1800, ge=5, description="BULKPRESS_SOFT_TIME_LIMIT_S in the heavy lane"
    )
    bulkpress_heavy_hard_time_limit_s: int = Field(
        default=2400, ge=6, description="BULKPRESS_HARD_TIME_LIMIT_S in the heavy lane"
    )
    bulkpress_heavy_memory_limit_bytes: int = Field(
        default=6 * 2**30,
        ge=256 * 2**20,
        description="BULKPRESS_MEMORY_LIMIT_BYTES in the heavy lane; what needs more fails",
    )

    @field_validator("bulkpress_lanes")
    @classmethod
    def _are_lanes(cls, lanes: str) -> str:
        known = {lane.value for lane in Lane}
        if unknown := sorted({lane.strip() for lane in lanes.split(",")} - known - {""}):
            raise ValueError(f"there is no lane {unknown[0]!r}: name some of {', '.join(sorted(known))}")
        return lanes

    @model_validator(mode="after")
    def _limits_nest(self) -> Self:
        for lane, infix in ((Lane.COMPRESSION, ""), (Lane.EXPRESS, "EXPRESS_"), (Lane.HEAVY, "HEAVY_")):
            if not self.limits_of(lane).nest:
                raise ValueError(
                    f"BULKPRESS_{infix}PRESS_LIMIT_S must be below BULKPRESS_{infix}SOFT_TIME_LIMIT_S, and that below "
                    f"BULKPRESS_{infix}HARD_TIME_LIMIT_S: otherwise Celery ends the worker before the file's own limit "
                    "can"
                )
        return self

    @property
    def lanes(self) -> tuple[Lane, ...]:
        """The lanes a worker works on."""
        named = [lane.strip() for lane in self.bulkpress_lanes.split(",") if lane.strip()]
        return tuple(lane for lane in Lane if lane.value in named) or tuple(Lane)

    def limits_of(self, lane: Lane) -> LaneLimits:
        """What a file of the lane may take; cleaning up has the limits of bulk work."""
        match lane:
            case Lane.EXPRESS:
                return LaneLimits(
                    self.bulkpress_express_press_limit_s,
                    self.bulkpress_express_soft_time_limit_s,
                    self.bulkpress_express_hard_time_limit_s,
                    self.bulkpress_express_memory_limit_bytes,
                )
            case Lane.HEAVY:
                return LaneLimits(
                    self.bulkpress_heavy_press_limit_s,
                    self.bulkpress_heavy_soft_time_limit_s,
                    self.bulkpress_heavy_hard_time_limit_s,
                    self.bulkpress_heavy_memory_limit_bytes,
                )
            case _:
                return LaneLimits(
                    self.bulkpress_press_limit_s,
                    self.bulkpress_soft_time_limit_s,
                    self.bulkpress_hard_time_limit_s,
                    self.bulkpress_memory_limit_bytes,
                )

    @property
    def visibility_timeout_s(self) -> int:
        """After how many seconds Redis redelivers an unacknowledged message: past all hard limits, with grace."""
        return max(self.limits_of(lane).hard_s for lane in self.lanes) + 60
