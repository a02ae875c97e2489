"""The equations and the data dictionary say what the code says."""

import json
import re
import types
from collections.abc import Iterator
from dataclasses import fields
from importlib import import_module
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple, Union, get_args, get_origin, get_type_hints

import polars as pl
import pytest
from pydantic import BaseModel

from experiments.figures import SCHEMA
from experiments.marked import marks
from experiments.policies.survival_table import MARK as SURVIVAL
from experiments.policies.table import MARK, SECTIONS
from experiments.runner import Run, run
from model.care.world import CareParameters
from model.insurance.funds import FUNDS
from model.parameters import shipped_parameters
from model.policies.choice import PolicyChoice
from model.policies.facility_change import FacilityChange, NewFacility
from model.policies.policy import Change as PathChange
from model.policies.policy import Lever, Policy, shipped_policies
from model.policies.roads import RoadChange
from model.region import schema
from model.scenario import Change, Scenario, make_scenario
from model.terms import Tier

CODE = re.compile(r"`([^`\n]+)`")
DOTTED = re.compile(r"[a-z_]+(\.[a-z_0-9]+)+")
FIXED = {"tier", "scheme", "service", "condition", "first_contact", "outcome", "fund", "sex"}


class Row(NamedTuple):
    """A row of a table of the data dictionary."""

    name: str
    type: str
    unit: str
    meaning: str


@pytest.fixture(scope="module")
def equations(root: Path) -> str:
    return (root / "docs" / "equations.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def dictionary(root: Path) -> dict[str, list[Row]]:
    """Rows by the last heading above them, or by the file that it names."""
    text = (root / "docs" / "data_dictionary.md").read_text(encoding="utf-8")
    tables: dict[str, list[Row]] = {}
    for part in re.split(r"^#+ ", text, flags=re.MULTILINE)[1:]:
        heading, _, body = part.partition("\n")
        lines = [line for line in body.splitlines() if line.startswith("| `")]
        cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
        rows = [Row(c[0].strip("`"), *(c[1:] if len(c) == 4 else ["", *c[1:]])) for c in cells]
        tables[heading.strip("` ")] = rows
    return tables


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Run:
    plan = make_scenario(region="national", residents=3000, days=12, warm_up=2, seed=1)
    return run(plan, tmp_path_factory.mktemp("small") / "out", encounters=True)


def names(rows: list[Row]) -> list[str]:
    return [row.name for row in rows]


def test_every_path_in_the_equations_is_a_parameter(equations: str) -> None:
    paths = shipped_parameters()
    named = {name for name in CODE.findall(equations) if DOTTED.fullmatch(name)}
    known = {p for path in paths for p in (path, path.rpartition(".")[0], path.split(".", 2)[0])}
    known |= {".".join(path.split(".")[:2]) for path in paths}
    assert named <= known, sorted(named - known)


def test_every_parameter_of_care_stands_in_an_equation(equations: str) -> None:
    stems = {path.split(".")[0] for path in shipped_parameters()}
    bound = {name: kind for name, kind in get_type_hints(CareParameters).items() if name in stems}
    assert len(bound) > 8
    wanted = {f"{file}.{field.name}" for file, kind in bound.items() for field in fields(kind)}
    assert {path for path in wanted if f"`{path}`" not in equations} == set()


def test_every_other_parameter_stands_in_an_equation_too(equations: str) -> None:
    wanted = {".".join(path.split(".")[:2]) for path in shipped_parameters()}
    assert {path for path in wanted if f"`{path}`" not in equations} == set()


def test_files_that_the_equations_name_exist(root: Path, equations: str) -> None:
    named = {name for name in CODE.findall(equations) if name.endswith((".py", ".md"))}
    assert len(named) > 20
    assert {name for name in named if not (root / name).is_file()} == set()


def test_every_file_of_care_is_named_in_the_equations(root: Path, equations: str) -> None:
    files = {path.relative_to(root).as_posix() for path in (root / "model/care").glob("*.py")}
    plumbing = {"__init__", "world", "explanation", "for_kernels", "settling_for_kernels"}
    files -= {f"model/care/{name}.py" for name in plumbing}
    assert {name for name in files if f"`{name}`" not in equations} == set()


def test_constants_in_the_equations_are_those_of_the_code(equations: str) -> None:
    rows = re.findall(r"^\| `([A-Z_]+)` \| ([\d.]+) \| `([\w/]+)\.py` \|", equations, re.MULTILINE)
    assert len(rows) > 8
    for name, value, file in rows:
        found = getattr(import_module(file.replace("/", ".")), name)
        assert found == float(value), f"{name} in {file}.py"


def test_formulas_are_closed(equations: str) -> None:
    blocks = re.findall(r"^```math\n(.*?)^```$", equations, re.MULTILINE | re.DOTALL)
    assert equations.count("```") == 2 * len(blocks)
    prose = re.sub(r"^```math\n.*?^```$", "", equations, flags=re.MULTILINE | re.DOTALL)
    lines = prose.splitlines()
    assert [line for line in lines if line.count("$") % 2] == []
    for formula in [*blocks, *re.findall(r"\$([^$]+)\$", prose)]:
        assert formula.count("{") == formula.count("}"), formula
        pairs = [len(re.findall(rf"\\{side}\b", formula)) for side in ("left", "right")]
        assert pairs[0] == pairs[1], formula


def test_every_file_of_a_run_is_described(small: Run, dictionary: dict[str, list[Row]]) -> None:
    left = [path.relative_to(small.folder) for path in small.folder.rglob("*") if path.is_file()]
    month = re.compile(r"\d{4}-\d{2}")
    found = {month.sub("YYYY-MM", path.as_posix()) for path in left}
    others = {"roads.graphml", "region.yaml", "scenario.yaml", "policy.yaml", "runs/HASH.parquet"}
    described = {name for name in dictionary if "." in name and not name.endswith(".csv")} - others
    assert found == described


def test_every_column_of_a_sweep_is_described(dictionary: dict[str, list[Row]]) -> None:
    found = {name: kind.__name__ for name, kind in SCHEMA.items()}
    assert found == {row.name: row.type for row in dictionary["runs/HASH.parquet"]}


def tables(small: Run) -> Iterator[tuple[str, pl.DataFrame]]:
    for path in small.folder.rglob("*.parquet"):
        name = path.relative_to(small.folder).as_posix()
        yield re.sub(r"\d{4}-\d{2}", "YYYY-MM", name), pl.read_parquet(path)


def test_every_column_of_a_run_is_described(small: Run, dictionary: dict[str, list[Row]]) -> None:
    for name, table in tables(small):
        found = {
            column: "Enum" if isinstance(kind, pl.Enum) else str(kind)
            for column, kind in table.schema.items()
        }
        assert found == {row.name: row.type for row in dictionary[name]}, name
        assert names(dictionary[name]) == list(found), name


def test_words_in_a_run_are_those_described(small: Run, dictionary: dict[str, list[Row]]) -> None:
    for name, table in tables(small):
        for row in dictionary[name]:
            if row.name not in FIXED:
                continue
            kind = table.schema[row.name]
            said = CODE.findall(row.meaning)
            if isinstance(kind, pl.Enum):
                assert said == kind.categories.to_list(), (name, row.name)
            else:
                assert set(said) == set(table[row.name]), (name, row.name)


def test_units_stand_at_the_end_of_column_names(dictionary: dict[str, list[Row]]) -> None:
    endings = {"_cny": "CNY", "_min": "min", "_km": "km"}
    for name, rows in dictionary.items():
        for row in rows if name.endswith(".parquet") else []:
            for ending, unit in endings.items():
                if row.name.endswith(ending):
                    assert row.unit == unit, (name, row.name)


def keys(content: dict[str, Any], opened: set[str]) -> Iterator[str]:
    for key, value in content.items():
        if key in opened:
            yield from (f"{key}.{below}" for below in value)
        else:
            yield key


def test_every_key_of_the_manifest_is_described(
    small: Run, dictionary: dict[str, list[Row]]
) -> None:
    told = json.loads((small.folder / "run.json").read_text(encoding="utf-8"))
    assert sorted(keys(told, {"versions"})) == sorted(names(dictionary["run.json"]))


def test_every_key_of_the_summary_is_described(
    small: Run, dictionary: dict[str, list[Row]]
) -> None:
    entry = {f"indicators.*.{key}" for one in small.summary["indicators"].values() for key in one}
    assert set(names(dictionary["summary.json"])) == set(small.summary) | entry


def spelled_out(name: str) -> Iterator[str]:
    tiers = [tier.word for tier in Tier]
    means = {
        "{tier}": tiers,
        "{ward}": tiers[1:],
        "{scheme}": ["ebmi", "rbmi"],
        "{fund}": list(FUNDS),
    }
    holes = re.findall(r"\{\w+\}", name)
    for words in product(*(means[hole] for hole in holes)):
        filled = name
        for hole, word in zip(holes, words, strict=True):
            filled = filled.replace(hole, word)
        yield filled


def test_every_indicator_is_described(small: Run, dictionary: dict[str, list[Row]]) -> None:
    described = {
        indicator: row.unit
        for row in dictionary["Indicators"]
        for indicator in spelled_out(row.name)
    }
    assert {id_: one["unit"] for id_, one in small.summary["indicators"].items()} == described


@pytest.mark.parametrize(
    ("file", "needed", "optional"),
    [
        ("settlements.csv", schema.SETTLEMENT_COLUMNS, schema.SETTLEMENT_OPTIONS),
        ("facilities.csv", schema.FACILITY_COLUMNS, schema.FACILITY_OPTIONS),
        ("travel_times.csv", schema.TRAVEL_COLUMNS, ()),
    ],
)
def test_every_column_of_a_region_is_described(
    dictionary: dict[str, list[Row]], file: str, needed: tuple[str, ...], optional: tuple[str, ...]
) -> None:
    rows = dictionary[file]
    assert {row.name for row in rows if row.meaning.startswith("needed")} == set(needed)
    assert {row.name for row in rows if row.meaning.startswith("optional")} == set(optional)


def test_words_of_facilities_are_described(dictionary: dict[str, list[Row]]) -> None:
    said = {row.name: set(CODE.findall(row.meaning)) for row in dictionary["facilities.csv"]}
    assert said["tier"] == set(schema.TIERS)
    assert said["area"] == set(schema.AREAS)
    assert said["kind"] == {kind for kinds in schema.KINDS.values() for kind in kinds}


def leaves(model: type[BaseModel]) -> Iterator[str]:
    """Dotted keys of a file's schema, `*` for a key that the user chooses."""
    for name, field in model.model_fields.items():
        below, many = section_of(field.annotation)
        if below is None:
            yield name
        else:
            yield from (f"{name}.{'*.' if many else ''}{leaf}" for leaf in leaves(below))


def section_of(annotation: Any) -> tuple[type[BaseModel] | None, bool]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation, False
    if get_origin(annotation) in (Union, types.UnionType, dict):
        for part in get_args(annotation):
            found, _ = section_of(part)
            if found is not None:
                return found, get_origin(annotation) is dict
    return None, False


def test_every_key_of_region_yaml_is_described(dictionary: dict[str, list[Row]]) -> None:
    assert names(dictionary["region.yaml"]) == list(leaves(schema.RegionFile))


def test_every_key_of_a_scenario_is_described(dictionary: dict[str, list[Row]]) -> None:
    found = [field.alias or name for name, field in Scenario.model_fields.items()]
    found += [f"policies.*.{name}" for name in PolicyChoice.model_fields]
    found += [f"set.*.{name}" for name in Change.model_fields]
    assert names(dictionary["scenario.yaml"]) == found


def test_every_key_of_a_policy_file_is_described(dictionary: dict[str, list[Row]]) -> None:
    found = {name for name in Policy.model_fields if name not in ("id", "file")}
    found |= {f"levers.*.{name}" for name in Lever.model_fields}
    found |= {f"changes.*.{name}" for name in PathChange.model_fields}
    found |= {f"facilities.*.{name}" for name in FacilityChange.model_fields}
    found |= {f"facilities.*.open.{name}" for name in NewFacility.model_fields}
    found |= {f"roads.*.{name}" for name in RoadChange.model_fields}
    assert set(names(dictionary["policy.yaml"])) == found


@pytest.mark.parametrize("page", ["policies.md", "policies.zh.md"])
def test_every_policy_has_an_entry_and_a_row_in_each_table(root: Path, page: str) -> None:
    text = (root / "docs" / page).read_text(encoding="utf-8")
    entries = re.findall(r"^### (\w+)$", text, re.MULTILINE)
    assert sorted(entries) == sorted(shipped_policies())
    for name, tables in ((MARK, len(SECTIONS)), (SURVIVAL, 1)):
        first, last = marks(name)
        renewed = text.partition(first)[2].partition(last)[0]
        rows = re.findall(r"^\| \[.+?\]\(#(\w+)\) \|", renewed, re.MULTILINE)
        assert sorted(rows) == sorted([*shipped_policies()] * tables)
