"""A policy as a file: its question, its levers, and the changes that it makes."""

import difflib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache, lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from model.parameters import Label, data_folder
from model.policies.facility_change import FacilityChange
from model.policies.roads import RoadChange
from model.region.yaml_file import read_checked
from model.terms import InputError

OWN = (".yaml", ".yml")  # ends of the names of a user's own files
Services = Annotated[
    list[Literal["outpatient", "chronic", "inpatient", "maternity"]], Field(min_length=1)
]
_CARRIED: ContextVar[Mapping[str, "Policy"]] = ContextVar(
    "carried", default=MappingProxyType({})
)  # by the name of the file
NOT_STATED = Label(en="not stated", zh="未说明")


class Lever(BaseModel):
    """A strength that a planner sets; at `neutral` the policy changes nothing."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    default: float
    neutral: float
    low: float
    high: float
    unit: str
    label: Label

    @model_validator(mode="after")
    def _in_range(self) -> "Lever":
        for value in (self.default, self.neutral):
            if not self.low <= value <= self.high:
                raise ValueError(f"{value:g} is outside {self.low:g} to {self.high:g}")
        return self


class Change(BaseModel):
    """A change of one path: of a parameter (`queue.capacity.*`) or a rule (`rules.rate.RBMI.*`).

    Exactly one of `set`, `add`, `multiply` holds a number or a formula of the levers.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    path: str
    set: float | str | None = None
    add: float | str | None = None
    multiply: float | str | None = None

    @model_validator(mode="after")
    def _one_operation(self) -> "Change":
        if sum(value is not None for value in (self.set, self.add, self.multiply)) != 1:
            raise ValueError("needs exactly one of set, add, multiply")
        return self


class Policy(BaseModel):
    """What a policy file says."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    id: str
    file: str = Field(exclude=True)
    group: str = "own"
    title: Label
    question: Label
    mechanism: Label = NOT_STATED
    evidence: Label = NOT_STATED
    source: Label = NOT_STATED
    levers: dict[str, Lever] = {}
    changes: list[Change] = []
    facilities: list[FacilityChange] = []
    roads: list[RoadChange] = []
    members: dict[str, list[str]] = {}  # of consortia, by the id of the lead
    services: dict[str, Services] = {}  # that a consortium's budget is for, by the lead

    @model_validator(mode="after")
    def _changes_something(self) -> "Policy":
        if not (self.changes or self.facilities or self.roads or self.members):
            raise ValueError("needs changes, facilities, roads or members")
        if self.services and not self.members:
            raise ValueError("services are those of consortia, which need members")
        return self

    @property
    def named(self) -> list[tuple[str, str]]:
        """Facilities, roads and consortia that the file names, and what becomes of each."""
        roads = [(f"{road.origin} to {road.destination}", road.told) for road in self.roads]
        leads = [(lead, f"leads {', '.join(of) or 'nobody'}") for lead, of in self.members.items()]
        budgets = [
            (lead, f"has a budget for {', '.join(words)}") for lead, words in self.services.items()
        ]
        return [*((of.facility, of.told) for of in self.facilities), *roads, *leads, *budgets]

    def strengths(self, given: Mapping[str, float]) -> dict[str, float]:
        """Every lever's value: the one given, within its range, or the default."""
        for name, value in given.items():
            if name not in self.levers:
                raise InputError(
                    f"policy {self.id} has no lever {name}{_nearest(name, self.levers)}",
                    allowed=", ".join(self.levers),
                )
            lever = self.levers[name]
            if not lever.low <= value <= lever.high:
                raise InputError(
                    f"lever {self.id}.{name} is outside its range",
                    found=value,
                    allowed=f"{lever.low:g} to {lever.high:g} {lever.unit}",
                )
        return {name: given.get(name, lever.default) for name, lever in self.levers.items()}


def read_policy_file(file: Path) -> Policy:
    """A policy from its file, named by its id; an error names line and key."""
    return read_checked(file, Policy, {"id": file.stem, "file": str(file)})[0]


@cache
def shipped_policies() -> dict[str, Policy]:
    """The policies that come with the package, by id."""
    folder = data_folder() / "policies"
    return {file.stem: read_policy_file(file) for file in sorted(folder.glob("*.yaml"))}


def is_own(name: str) -> bool:
    """Whether the policy is a user's file and not a shipped id."""
    return name.endswith(OWN)


@contextmanager
def carried(policies: Mapping[str, Policy]) -> Iterator[None]:
    """Inside, these stand for the files of their names, wherever those are now."""
    before = _CARRIED.set({**_CARRIED.get(), **policies})
    try:
        yield
    finally:
        _CARRIED.reset(before)


def find_policy(name: str) -> Policy:
    """A shipped policy, or the one in a user's file; an unknown id suggests the nearest."""
    if name in (known := _CARRIED.get()):
        return known[name]
    if is_own(name):
        changed = Path(name).stat().st_mtime_ns if Path(name).exists() else 0
        return _own_policy(name, changed)
    policies = shipped_policies()
    if name not in policies:
        raise InputError(
            f"unknown policy {name}{_nearest(name, policies)}",
            allowed=f"{', '.join(policies)}, or a file such as ./plan.yaml",
        )
    return policies[name]


@lru_cache(maxsize=64)
def _own_policy(name: str, _changed: int) -> Policy:
    return read_policy_file(Path(name))


def _nearest(name: str, known: Mapping[str, object]) -> str:
    near = difflib.get_close_matches(name, known, n=2, cutoff=0.5)
    return f"; did you mean {' or '.join(near)}?" if near else ""
