"""The file of a search: a design with objectives, constraints, and how much to try."""

import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from experiments.designs import Design, Precision, read_design
from experiments.frames import check_indicator
from experiments.precision import known_indicators, known_units
from experiments.search.bounds import Bound
from model.groups import REPORTED
from model.mistakes import in_file
from model.terms import InputError

FUNDS = "fund_payment_per_resident_cny"
SIGNED = ("CNY", "months", "-1 to 1")  # units of what may be below zero
SHARES = ("share", "0 to 1")  # of what is at most one, but for the use of capacity
Better = Literal["min", "max"]
Of = Literal["value", "difference", "relative"]


class Limit(BaseModel):
    """Bounds of an indicator: of its value, or its (relative) difference from the baseline."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    at_least: float | None = Field(default=None, allow_inf_nan=False)
    at_most: float | None = Field(default=None, allow_inf_nan=False)
    of: Of = "value"

    @model_validator(mode="after")
    def _bounded(self) -> "Limit":
        if self.at_least is None and self.at_most is None:
            raise ValueError("at_least or at_most")
        if self.at_least is not None and self.at_most is not None and self.at_least > self.at_most:
            raise ValueError("at_least not above at_most; no value can meet both")
        return self


class NoGroupWorseOff(BaseModel):
    """No group's indicator may be worse than in the baseline by more than a share `within`."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    indicators: dict[str, Better] = {
        "out_of_pocket_per_resident_cny": "min",
        "unmet_need_share": "min",
    }
    by: tuple[str, ...] = ("income", "residence")
    within: float = Field(default=0.02, ge=0, allow_inf_nan=False)


class Constraints(BaseModel):
    """`fund_neutral`, `no_group_worse_off`, and bounds of any indicator by its id."""

    model_config = ConfigDict(extra="allow", frozen=True)
    __pydantic_extra__: dict[str, Limit] = Field(init=False)
    fund_neutral: float | None = Field(default=None, ge=0, allow_inf_nan=False)
    no_group_worse_off: NoGroupWorseOff | None = None

    def bounds(self) -> Iterator[Bound]:
        """Every bound, checked; an indicator or a group that does not exist is an error."""
        if self.fund_neutral is not None:
            yield Bound(FUNDS, "relative", self.fund_neutral)
        for name, limit in self.__pydantic_extra__.items():
            check_indicator(name, [*known_indicators(), *type(self).model_fields])
            _check_possible(name, limit)
            if limit.at_most is not None:
                yield Bound(name, limit.of, limit.at_most)
            if limit.at_least is not None:
                yield Bound(name, limit.of, limit.at_least, least=True)
        if self.no_group_worse_off is not None:
            yield from _by_group(self.no_group_worse_off)


def _check_possible(name: str, limit: Limit) -> None:
    """A limit that no value can meet is an error before the first run."""
    stem = name.split(".")[0]
    unit = known_units()[stem]
    low = -math.inf if unit in SIGNED else 0.0
    high = 1.0 if unit in SHARES and not stem.startswith("utilisation") else math.inf
    beyond = [
        end
        for end, possible in (
            (limit.at_most, limit.at_most is None or limit.at_most >= low),
            (limit.at_least, limit.at_least is None or limit.at_least <= high),
        )
        if not possible
    ]
    if limit.of == "value" and beyond:
        allowed = f"{low:g} to {high:g} {unit}" if math.isfinite(high) else f"at least {low:g}"
        raise InputError(f"constraint of {name} cannot be met", found=beyond[0], allowed=allowed)


def _by_group(rule: NoGroupWorseOff) -> Iterator[Bound]:
    for name, better in rule.indicators.items():
        check_indicator(name, known_indicators())
        for axis in rule.by:
            groups = [i for i in known_indicators() if i.startswith(f"{name}.{axis}.")]
            if not groups:
                allowed = ", ".join(REPORTED)
                raise InputError(f"{name} is not measured by", found=axis, allowed=allowed)
            for group in groups:
                if better == "min":
                    yield Bound(group, "relative", rule.within)
                else:
                    yield Bound(group, "relative", -rule.within, least=True)


class SearchDesign(Design):
    """A design whose levers are searched; results are averaged over worlds and replicates.

    objectives: indicator ids, each to be made small (`min`) or large (`max`). trials: points to
    try, a generation at a time, each with `replicates` seeds. confirm: fresh seeds for the points
    that are shown, of which there are at most `shown`.
    """

    objectives: dict[str, Better] = Field(min_length=1)
    constraints: Constraints = Constraints()
    sampler: Literal["nsga2", "tpe"] = "nsga2"
    trials: int = Field(default=60, ge=4)
    generation: int = Field(default=12, ge=2)
    confirm: int = Field(default=5, ge=2)
    shown: int = Field(default=8, ge=1)

    def check(self) -> tuple[Bound, ...]:
        """The bounds; InputError for objectives, constraints or levers that cannot be searched."""
        for name in self.objectives:
            check_indicator(name, known_indicators())
        if not isinstance(self.levers, Mapping) or not self.levers:
            raise InputError("a search needs levers", allowed="levers: {path: {} or {low, high}}")
        if isinstance(self.replicates, Precision) or not self.common_random_numbers:
            raise InputError(
                "a search compares each point with the baseline seed by seed",
                allowed="a number of replicates, with common_random_numbers",
            )
        return tuple(self.constraints.bounds())


def read_search(file: Path) -> SearchDesign:
    """The search of a YAML file; InputError names the file."""
    told = read_design(file)
    try:
        return SearchDesign(**told)
    except InputError as error:
        raise in_file(error, file) from error
