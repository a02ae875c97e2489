"""A province as a file: areas with a scenario each, and the hospitals that they share.

```yaml
name: river
scenario: {region: national, residents: 50000, days: 365}   # of every area, unless it says other
areas:
  east: {}
  west: {residents: 80000, policies: "telemedicine"}
shared:                                # one hospital, by the facility's id in each area
  Provincial Hospital: {east: tertiary-away, west: tertiary-away}
```
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from experiments.identity import HASH_DIGITS, OwnData, own_data, run_hash
from model.mistakes import in_file, refusal
from model.parameters import read_yaml
from model.region.read import read_region
from model.scenario import Scenario, scenario_of
from model.terms import InputError


class ProvinceFile(BaseModel):
    """What a province's file says."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    name: str = Field(pattern=r"^[^/\\]+$", description="a name without / and \\")
    scenario: dict[str, Any] = Field(default_factory=dict)
    areas: dict[str, dict[str, Any] | None] = Field(min_length=1)
    shared: dict[str, dict[str, str]] = Field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Area:
    """One pooling area: its scenario, and which of its facilities are shared hospitals."""

    name: str
    plan: Scenario
    data: OwnData
    run: str  # hash of its run as if it were alone
    hospitals: Mapping[str, str]  # shared hospital -> facility


@dataclass(frozen=True, slots=True)
class Province:
    """Areas by name, in the order of their names, whatever the order of the file."""

    name: str
    areas: tuple[Area, ...]

    @property
    def digest(self) -> str:
        """Of all that determines the run; the same for any order of the areas."""
        told = [[a.name, a.run, sorted(a.hospitals.items())] for a in self.areas]
        return hashlib.sha256(json.dumps(told).encode()).hexdigest()[:HASH_DIGITS]

    @property
    def month_ends(self) -> list[int]:
        """Days, from the first of the warm-up, before which a month ends."""
        plan = self.areas[0].plan
        last = plan.warm_up + plan.days
        first = plan.start - timedelta(plan.warm_up)
        ends = [day for day in range(1, last) if (first + timedelta(day)).day == 1]
        return [*ends, last]


def read_province(file: Path) -> Province:
    """The province of a YAML file, checked; InputError names what is wrong."""
    try:
        content = read_yaml(file)
        said = ProvinceFile.model_validate(content)
    except ValidationError as error:
        raise refusal(error, content, ProvinceFile, file) from error
    for hospital, by_area in said.shared.items():
        for name in by_area:
            if name not in said.areas:
                allowed = ", ".join(said.areas)
                raise InputError(
                    f"{hospital}: no such area", file=file, found=name, allowed=allowed
                )
    areas = tuple(_area(name, said, file) for name in sorted(said.areas))
    spans = {(a.plan.start, a.plan.warm_up, a.plan.days) for a in areas}
    if len(spans) > 1:
        raise InputError(
            "areas must count the same days",
            file=file,
            allowed="start, warm_up and days under scenario",
        )
    return Province(said.name, areas)


def _plan(name: str, own: dict[str, Any], said: ProvinceFile, file: Path) -> Scenario:
    try:
        return scenario_of(own)
    except InputError as error:
        here = (said.areas[name] or {}).keys() & set(error.keys[:1])
        under = ("areas", name) if here else ("scenario",)
        raise in_file(error, file, under) from error


def _area(name: str, said: ProvinceFile, file: Path) -> Area:
    own = {**said.scenario, **(said.areas[name] or {})}
    region = own.get("region", "national")
    if "/" in str(region) and (file.parent / region).exists():
        own["region"] = str(file.parent / region)
    if "seed" not in (said.areas[name] or {}):
        told = f"{said.scenario.get('seed', 1)} {name}".encode()
        own["seed"] = int.from_bytes(hashlib.sha256(told).digest()[:4], "big")
    plan = _plan(name, own, said, file)
    read = read_region(plan.region, plan.residents, plan.changes)
    values = {path: leaf.value for path, leaf in plan.parameters(read).items()}
    hospitals = {h: by_area[name] for h, by_area in sorted(said.shared.items()) if name in by_area}
    known = list(read.facilities.id)
    for hospital, facility in hospitals.items():
        if facility not in known:
            raise InputError(
                f"{hospital}: area {name} has no facility {facility}",
                file=file,
                allowed=", ".join(known[-4:]),
            )
    data = own_data(plan)
    return Area(name, plan, data, run_hash(plan, values, data), hospitals)
