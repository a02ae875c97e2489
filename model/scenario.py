"""A scenario: region, rule book, residents, dates, seed and overrides, validated as one thing."""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from model.mistakes import in_file, refusal
from model.parameters import Parameters, read_yaml, shipped_parameters
from model.policies.choice import PolicyChoice, check_choices, check_dates, parse_package
from model.policies.facilities import region_on, with_planned
from model.region.read import read_region
from model.region.region import Region
from model.terms import InputError

LONGEST_RUN_DAY = 15_000  # so that days of warm-up and count fit 16 bits


class Change(BaseModel):
    """A parameter's new value and, if given, why."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    value: float
    reason: str | None = None


class Scenario(BaseModel):
    """Everything that determines a run; two runs of equal scenarios are identical."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)
    region: str = "national"
    rulebook: str = "national-2023"
    residents: int | None = Field(default=None, ge=1)
    start: date = date(2023, 1, 1)
    warm_up: int = Field(default=60, ge=0, le=LONGEST_RUN_DAY)
    days: int = Field(default=365, ge=1, le=LONGEST_RUN_DAY)
    seed: int = Field(default=1, ge=0, lt=2**63)
    policies: list[PolicyChoice] = Field(default_factory=list)
    overrides: dict[str, float | Change] = Field(default_factory=dict, alias="set")

    @field_validator("policies", mode="before")
    @classmethod
    def _read_packages(cls, given: Any) -> Any:
        """A package may be written as on the command line, or policy by policy."""
        if isinstance(given, str):
            return parse_package(given)
        if not isinstance(given, list | tuple):
            raise InputError("not a list", found=given, allowed="a package, or a list of policies")
        parts = [parse_package(item) if isinstance(item, str) else [item] for item in given]
        return [choice for part in parts for choice in part]

    @property
    def changes(self) -> dict[str, float]:
        """New values by parameter path."""
        return {
            path: change.value if isinstance(change, Change) else change
            for path, change in self.overrides.items()
        }

    def with_policies(self, choices: Iterable[PolicyChoice]) -> "Scenario":
        """The same with these policies instead; an error if they are not possible in this run."""
        checked = check_choices(choices)
        first, last = -self.warm_up, self.days - 1
        check_dates(checked, *(self.start + timedelta(day) for day in (first, last)))
        return self.model_copy(update={"policies": checked})

    def parameters(self, region: Region) -> Parameters:
        """The shipped parameters, with what the region replaces, with this scenario's changes."""
        return shipped_parameters().replaced(region.parameters).changed(self.changes)


def region_of(plan: Scenario, day: date | None = None) -> Region:
    """The region of a run, with the facilities that its policies plan; of a day, if it is told."""
    region = read_region(plan.region, plan.residents, plan.changes)
    region = with_planned(region, plan.policies)
    if day is None:
        return region
    return region_on(region, [choice for choice in plan.policies if choice.on(day, plan.start)])


def make_scenario(*, file: object = None, **values: Any) -> Scenario:
    """A validated scenario; a wrong value is an error that names it and what is allowed."""
    return scenario_of(values, file)


def read_scenario(file: Path) -> Scenario:
    """A scenario from a YAML file."""
    content = read_yaml(file)
    if not isinstance(content, dict):
        raise InputError("a scenario is a mapping of keys to values", file=file, found=content)
    return scenario_of(content, file)


def scenario_of(content: Mapping[Any, Any], file: object = None) -> Scenario:
    """What a file says as a scenario; keys may be whatever YAML allows."""
    given = {key: value for key, value in content.items() if value is not None}
    try:
        plan = Scenario.model_validate(given)
        return plan.with_policies(plan.policies)
    except ValidationError as error:
        raise refusal(error, given, Scenario, file) from error
    except InputError as error:
        raise in_file(error, file, () if error.keys else ("policies",)) from error
