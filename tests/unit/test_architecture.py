"""How the tree is kept, where neither ruff nor import-linter looks."""

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGES = ("model", "experiments", "visualization")
DRAWERS = {"utils", "helpers", "common", "manager"}
LONGEST = 400  # lines of a file; most have fewer than 300
# Randomness without keys, and the parts of Mesa that are experimental or bring a page of their own.
BARRED = ("random", "numpy.random", "mesa.visualization", "mesa.experimental")
ELSEWHERE = re.compile(
    r"(?<![\w.:/*~-])/(?:home|mnt|opt|root|srv|tmp|Users|work)/"  # a path of one machine
    r"|\.\./shared"
    r"|\bpypi\.|python[h]osted|npm[j]s|index[-]url|find[-]links"  # where packages come from
)
UNFINISHED = re.compile(
    r"\b(?:T[O]DO|FIX[M]E|XX[X])\b|pragma: no[ ]cover|pytest\.(?:skip|mark\.skip|xfail)\b"
)


@pytest.fixture(scope="module")
def tree(root: Path) -> list[Path]:
    """Every file of the repository, committed or about to be."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=root, check=True, capture_output=True, text=True)
    return [path for name in listed.stdout.split("\0") if name and (path := root / name).is_file()]


@pytest.fixture(scope="module")
def code(root: Path, tree: list[Path]) -> list[Path]:
    return [
        path
        for path in tree
        if path.suffix == ".py" and path.relative_to(root).parts[0] in PACKAGES
    ]


def test_no_file_takes_the_name_of_a_package(tree: list[Path]) -> None:
    assert [path for path in tree if path.suffix == ".py" and path.stem in PACKAGES] == []


def test_no_drawer_for_odds_and_ends(tree: list[Path]) -> None:
    assert [path for path in tree if path.suffix == ".py" and path.stem in DRAWERS] == []


def test_rooms_are_small(tree: list[Path]) -> None:
    pages = (path for path in tree if path.suffix == ".py")
    assert [path for path in pages if len(path.read_text("utf-8").splitlines()) > LONGEST] == []


def test_the_package_itself_imports_nothing(root: Path) -> None:
    assert (root / "model" / "__init__.py").read_text("utf-8") == ""


def test_nothing_barred_is_imported(code: list[Path]) -> None:
    found = [(path.name, name) for path in code for name in imported(path) if barred(name)]
    assert found == []


def test_every_draw_is_keyed(code: list[Path]) -> None:
    draws = re.compile(r"\bnp\.random\b")
    assert [path for path in code if draws.search(path.read_text("utf-8"))] == []


def test_nothing_points_to_a_machine_or_a_registry(root: Path, tree: list[Path]) -> None:
    assert list(marks(root, tree, ELSEWHERE)) == []


def test_nothing_is_left_unfinished(root: Path, tree: list[Path]) -> None:
    python = [path for path in tree if path.suffix == ".py"]
    assert list(marks(root, python, UNFINISHED)) == []


def imported(path: Path) -> Iterator[str]:
    """Full names of all that a file imports."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def barred(name: str) -> bool:
    return any(name == part or name.startswith(part + ".") for part in BARRED)


def marks(root: Path, paths: list[Path], pattern: re.Pattern[str]) -> Iterator[str]:
    """Where a pattern stands, as file:line and the text found; pictures and the like are passed."""
    for path in paths:
        text = path.read_bytes().decode("utf-8", errors="ignore")
        for found in pattern.finditer(text):
            row = text.count("\n", 0, found.start()) + 1
            yield f"{path.relative_to(root)}:{row}: {found.group()}"
