"""One scenario under several Pythons, every indicator compared: `make test-pythons`."""

import json
import math
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
VERSIONS = ("3.11", "3.13")
SCENARIO = ["run", "national", "--residents", "20000", "--days", "60", "--warm-up", "30"]
# Relative: decisions and fen are equal, but sums of floats may differ in their last bits.
TOLERANCE = 1e-9


def main() -> int:
    """0 if the indicators agree, or if there is only one Python to run them under."""
    venvs = [venv for version in VERSIONS if (venv := environment(version))]
    if len(venvs) < len(VERSIONS):
        return 0
    first, second = (indicators(venv) for venv in venvs)
    print(f"{len(first)} values under Python {VERSIONS[0]}, {len(second)} under {VERSIONS[1]}")
    apart = {path: distance(first[path], second[path]) for path in first.keys() & second.keys()}
    apart |= dict.fromkeys(first.keys() ^ second.keys(), math.inf)
    largest = max(apart, key=lambda path: (apart[path], path))
    print(f"largest relative difference: {apart[largest]:.1e} ({largest})")
    different = sorted(path for path in apart if apart[path] > TOLERANCE)
    for path in different:
        print(f"{path}: {first.get(path, 'missing')} and {second.get(path, 'missing')}")
    return 1 if different else 0


def environment(version: str) -> Path | None:
    """The virtual environment of a Python version, made if need be, or None without that Python."""
    if "{}.{}".format(*sys.version_info) == version:
        return Path(sys.prefix)
    python = interpreter(version)
    if python is None:
        print(f"not compared: Python {version} not found")
        return None
    command = ["make", "--no-print-directory", "setup", f"VENV=.venv-{version}", f"PYTHON={python}"]
    subprocess.run(command, cwd=ROOT, check=True)
    return ROOT / f".venv-{version}"


def interpreter(version: str) -> str | None:
    """A Python of this version that answers: from the search path, or one that pyenv keeps."""
    root = answer("pyenv", "root")
    kept = sorted(Path(root, "versions").glob(f"{version}.*/bin/python")) if root else []
    for python in (f"python{version}", *map(str, reversed(kept))):
        if (answer(python, "--version") or "").startswith(f"Python {version}."):
            return python
    return None


def answer(*command: str) -> str | None:
    """What a command prints, or None if it fails or is not there."""
    try:
        run = subprocess.run(command, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    return run.stdout.strip()


def indicators(venv: Path) -> dict[str, float | None]:
    """The scenario's indicators by path, run in an environment and in a folder of its own."""
    with tempfile.TemporaryDirectory() as folder:
        command = [str(venv / "bin" / "fenji"), *SCENARIO, "--seed", "1", "--json"]
        command += ["--out", str(Path(folder, "run"))]
        run = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True)
    return dict(numbers(json.loads(run.stdout)["indicators"]))


def numbers(tree: Any, path: str = "") -> Iterator[tuple[str, float | None]]:
    """Every number of a tree of JSON by its path.

    >>> dict(numbers({"visits": {"value": 6.5, "unit": "per year", "by": {"age": {"60+": None}}}}))
    {'visits.value': 6.5, 'visits.by.age.60+': None}
    """
    for key, child in tree.items():
        if isinstance(child, dict):
            yield from numbers(child, f"{path}{key}.")
        elif not isinstance(child, str):
            yield f"{path}{key}", child


def distance(one: float | None, other: float | None) -> float:
    """How far two values are apart, relative to the larger; infinite if only one has a value.

    >>> distance(2.0, 1.0), distance(0, 0), distance(None, None), distance(None, 1.0)
    (0.5, 0.0, 0.0, inf)
    """
    if one is None or other is None:
        return 0.0 if one is other else math.inf
    return abs(one - other) / max(abs(one), abs(other)) if one != other else 0.0


if __name__ == "__main__":
    sys.exit(main())
