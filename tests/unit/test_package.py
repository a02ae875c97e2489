"""What is shipped: the wheel with its data and its command, the pins, the labels."""

import re
import subprocess
import sys
import tomllib
import zipfile
from configparser import ConfigParser
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement

from model.parameters import shipped_parameters

CHINESE = re.compile("[\u4e00-\u9fff]")
HEAVY = {"matplotlib", "mesa", "networkx", "numpy", "pandas", "polars", "scipy"}


@pytest.fixture(scope="module")
def project(root: Path) -> dict[str, Any]:
    return tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]


@pytest.fixture(scope="module")
def wheel(root: Path, tmp_path_factory: pytest.TempPathFactory) -> zipfile.Path:
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=root, check=True, capture_output=True)
    (file,) = folder.glob("fenji-*.whl")
    return zipfile.Path(file)


def test_wheel_holds_all_data_and_all_code(root: Path, wheel: zipfile.Path) -> None:
    shipped = set(wheel.root.namelist())
    data = {path for path in (root / "model" / "data").rglob("*") if path.is_file()}
    code = {
        path
        for part in ("model", "experiments", "visualization")
        for path in (root / part).rglob("*.*")
        if path.suffix in {".py", ".vue", ".js", ".css", ".j2", ".html"}
    }
    assert data
    assert {path.relative_to(root).as_posix() for path in data | code} <= shipped


def test_wheel_holds_nothing_but_the_three_packages(wheel: zipfile.Path) -> None:
    tops = {name.split("/")[0] for name in wheel.root.namelist()}
    assert {top for top in tops if not top.endswith(".dist-info")} == {
        "model",
        "experiments",
        "visualization",
    }


def test_wheel_brings_the_command(wheel: zipfile.Path) -> None:
    (metadata,) = (part for part in wheel.iterdir() if part.name.endswith(".dist-info"))
    entries = ConfigParser()
    entries.read_string((metadata / "entry_points.txt").read_text(encoding="utf-8"))
    assert dict(entries["console_scripts"]) == {"fenji": "experiments.cli:app"}


def test_help_loads_nothing_heavy(root: Path) -> None:
    asks = (
        "import sys\n"
        "from experiments.cli import app\n"
        "app(['--help'], standalone_mode=False)\n"
        "print(*sorted(sys.modules), file=sys.stderr)\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", asks], cwd=root, check=True, capture_output=True, text=True
    )
    assert "run" in run.stdout
    assert not HEAVY & set(run.stderr.split())


def test_every_dependency_is_pinned_within_its_range(root: Path, project: dict[str, Any]) -> None:
    lines = (root / "requirements.txt").read_text(encoding="utf-8").splitlines()
    pins = [Requirement(line) for line in lines if line and not line.startswith("#")]
    assert all(str(pin.specifier).startswith("==") for pin in pins)
    for dependency in map(Requirement, project["dependencies"]):
        versions = [
            str(pin.specifier)[2:] for pin in pins if pin.name.lower() == dependency.name.lower()
        ]
        assert versions, dependency
        assert all(dependency.specifier.contains(version) for version in versions), dependency


def test_every_parameter_is_labelled_in_both_languages() -> None:
    labels = {path: leaf.label for path, leaf in shipped_parameters().items()}
    assert labels
    assert [
        path for path, label in labels.items() if not label.en or CHINESE.search(label.en)
    ] == []
    assert [path for path, label in labels.items() if not CHINESE.search(label.zh)] == []
