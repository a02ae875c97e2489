"""Whose folder it is: one experiment's, which may grow, and nobody else's."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from experiments.identity import OwnData
from experiments.jobs import Jobs
from experiments.store import EXPERIMENT, RUNS, write_whole
from model.terms import InputError

GROWS = ("levers", "uncertainties", "samples", "replicates")


def adopt(folder: Path, jobs: Jobs) -> None:
    """Make the folder this experiment's; InputError if it is another's.

    The same experiment may come back with more replicates, or with more points of the same levers
    and uncertainties: everything that the folder holds is then still a part of it.
    """
    told, mine = folder / EXPERIMENT, _told(jobs)
    if told.exists():
        theirs = read_experiment(folder)
        difference = _difference(theirs, mine, jobs.data)
        if difference:
            raise InputError(
                f"holds another experiment: {difference}", file=folder, allowed="another --out"
            )
        if theirs == mine:
            return
    elif folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise InputError(
            "is not empty and holds no experiment", file=folder, allowed="an empty folder"
        )
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps(mine, ensure_ascii=False, indent=1)
    write_whole(told, (text + "\n").encode())


def read_experiment(folder: Path) -> dict[str, Any]:
    """What a folder says of its experiment; InputError if it holds none."""
    told = folder / EXPERIMENT
    try:
        content: dict[str, Any] = json.loads(told.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise InputError(
            "holds no experiment", file=folder, allowed="a folder that `fenji sweep` made"
        ) from None
    except ValueError as error:
        raise InputError(f"cannot be read ({error})", file=told) from error
    return content


def is_experiment(folder: Path) -> bool:
    """Whether a sweep made this folder."""
    return (folder / EXPERIMENT).exists() and (folder / RUNS).is_dir()


def _told(jobs: Jobs) -> dict[str, Any]:
    """The design as JSON, its points, and what its own files hold."""
    return {
        "design": jobs.design.model_dump(mode="json", by_alias=True),
        "levers": [dict(point) for point in jobs.points.levers],
        "uncertainties": [dict(point) for point in jobs.points.worlds],
        "data": jobs.data.digest,
    }


def _difference(theirs: Mapping[str, Any], mine: Mapping[str, Any], data: OwnData) -> str:
    """Why the two are not one experiment; empty if mine holds all of theirs.

    An own region or rule book may lie elsewhere now: its content is what counts.
    """
    elsewhere = [key for key in ("region", "rulebook") if getattr(data, key)]
    for key in mine["design"]:
        old, new = theirs["design"].get(key), mine["design"][key]
        if key not in (*GROWS, *elsewhere) and old != new:
            return f"{key} is {old!r} there and {new!r} here"
    if theirs["data"] != mine["data"]:
        return "its region's, rule book's or policies' files have another content"
    for section in ("levers", "uncertainties"):
        known = {frozenset(point.items()) for point in mine[section]}
        for point in theirs[section]:
            if frozenset(point.items()) not in known:
                return f"its {section} have {point}, which this design lacks"
    return ""
