"""Regions by name or folder: the shipped ones, a user's own, and the synthetic nation."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from model.parameters import Parameter, data_folder, shipped_parameters
from model.region.clinics import add_clinics, settlements_with_clinics
from model.region.national import NATIONAL, NATIONAL_NAME, national_region
from model.region.parameters import NationalParameters, RegionParameters
from model.region.places import spread
from model.region.records import read_facilities, read_settlements, read_travel_table
from model.region.region import Region
from model.region.roads import read_roads
from model.region.schema import RegionFile, read_region_file
from model.terms import InputError

DEFAULT_RESIDENTS = 20_000


def list_regions() -> dict[str, dict[str, str]]:
    """Ids of the shipped regions, sorted, with their names in English and Chinese."""
    names = {NATIONAL: NATIONAL_NAME}
    for file in (data_folder() / "regions").glob("*/region.yaml"):
        names[file.parent.name] = read_region_file(file)[0].name.model_dump()
    return dict(sorted(names.items()))


def read_region(
    region: str, residents: int | None = None, overrides: Mapping[str, float] | None = None
) -> Region:
    """The region of a shipped id, else of a folder.

    residents: size of the generated `national` (default 20,000); a real region comes whole.
    overrides: parameters that the scenario sets. Those of `national` and the doctors of clinics
    that no file lists are used up here; a caller applies the others, after `region.parameters`.

    Raises InputError for anything wrong in the files, naming file, row and column.
    """
    if region != NATIONAL:
        return _read_folder(find_folder(region), overrides or {})
    p = shipped_parameters().changed(overrides or {}).bind(NationalParameters, NATIONAL)
    return national_region(DEFAULT_RESIDENTS if residents is None else residents, p)


def find_folder(region: str) -> Path:
    """The folder of a shipped region, or the user's own."""
    shipped = data_folder() / "regions" / region
    if Path(region).name == region and (shipped / "region.yaml").exists():
        return shipped
    if Path(region).is_dir():
        return Path(region)
    raise InputError(
        "no such region", found=region, allowed=f"{', '.join(list_regions())}, or a folder"
    )


def _read_folder(folder: Path, overrides: Mapping[str, float]) -> Region:
    content, notes = read_region_file(folder / "region.yaml")
    own = own_parameters(content, folder / "region.yaml")
    p = shipped_parameters().replaced(own).changed(overrides).bind(RegionParameters, "region")
    settlements, n_places, settlement_notes = read_settlements(folder)
    listed, facility_notes = read_facilities(folder, settlements)
    places = spread(settlements, n_places, _radius(content, folder, int(n_places.max())))
    wanted = (n_places > 1) & ~settlements_with_clinics(listed, len(settlements))
    region = Region(
        id=content.id,
        name=content.name.model_dump(),
        kind=content.kind,
        pool=content.pool,
        sources=tuple(content.sources),
        settlements=settlements,
        places=places,
        facilities=add_clinics(listed, settlements, places, wanted, p.clinic_doctors_per_1000),
        income_urban=content.income.urban,
        income_rural=content.income.rural,
        parameters=own,
        statuses=_statuses(content),
        notes=notes + settlement_notes + facility_notes,
        folder=str(folder),
    )
    _require_new_ids(region, len(listed))
    return _with_population_note(_with_ways(region, folder), content)


def _with_ways(region: Region, folder: Path) -> Region:
    """The region with its roads and its travel-time table, where the folder has them."""
    roads, given = folder / "roads.graphml", folder / "travel_times.csv"
    if roads.exists():
        region = replace(region, roads=read_roads(roads))
    if given.exists():
        table, notes = read_travel_table(given, region.settlements, region.facilities)
        region = replace(region, travel_table=table, notes=region.notes + notes)
    return region


def own_parameters(content: RegionFile, file: Path) -> dict[str, Parameter]:
    """The parameters that region.yaml replaces: roads, speed and what stands below parameters."""
    leaves: dict[str, Parameter] = {}
    if content.roads is not None:
        roads = content.roads.model_dump(exclude={"detour"})
        leaves["region.detour"] = _leaf("region.detour", {"value": content.roads.detour} | roads)
    if content.speed is not None:
        known = {"source": content.speed.source, "status": content.speed.status}
        for field, name in (
            ("within_township", "within"),
            ("between_townships", "between"),
            ("to_outside", "outside"),
        ):
            path = f"region.speed_{name}"
            leaves[path] = _leaf(path, {"value": getattr(content.speed, field)} | known)
    for path, leaf in content.parameters.items():
        shipped_parameters().find(path, file=file)
        leaves[path] = _leaf(path, leaf.model_dump())
    for path, found in leaves.items():
        if not found.low <= found.value <= found.high:
            allowed = f"{found.low:g} to {found.high:g} {found.unit}"
            raise InputError(
                f"{path} is outside its range", file=file, found=found.value, allowed=allowed
            )
    return leaves


def _leaf(path: str, changes: Mapping[str, object]) -> Parameter:
    return shipped_parameters()[path].model_copy(update=dict(changes))


def _radius(content: RegionFile, folder: Path, most_places: int) -> float:
    if content.places is not None:
        return content.places.radius_km
    if most_places > 1:
        raise InputError(
            "settlements have several places, so the key is needed",
            file=folder / "region.yaml",
            column="places",
            allowed="{radius_km, status}",
        )
    return 1.0  # no point is placed


def _require_new_ids(region: Region, n_listed: int) -> None:
    ids = region.facilities.id
    for name in set(ids[:n_listed]) & set(ids[n_listed:]):
        raise InputError(
            "the id is needed for a clinic that the reader adds",
            file=f"{region.folder}/facilities.csv",
            column="id",
            found=name,
        )


def _statuses(content: RegionFile) -> dict[str, str]:
    sections = "places", "roads", "speed", "income", "capacity"
    stated = {name: getattr(content, name) for name in sections}
    return {name: section.status for name, section in stated.items() if section is not None}


def _with_population_note(region: Region, content: RegionFile) -> Region:
    declared = content.population
    if declared is None or declared.value == region.population:
        return region
    note = (
        f"settlements have {region.population:,} residents together, "
        f"region.yaml says {declared.value:,}"
    )
    return replace(region, notes=(*region.notes, note))
