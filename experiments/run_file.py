"""A run's Parquet file: the tidy table of its figures, with all that is needed to repeat it.

The footer's metadata hold `fenji.manifest` (JSON: hash, scenario, levers, versions),
`fenji.parameters` (JSON: every value by path), `fenji.data` (the user's own region or rule book,
a zip archive in base64) and `fenji.checksum` (SHA-256 of the file, taken with zeros in its place).
"""

import base64
import hashlib
import io
import json
import platform
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.metadata import version
from typing import Any

import polars as pl

from experiments.identity import OwnData, model_version
from model.scenario import Scenario

FORMAT = 1
MANIFEST, PARAMETERS, DATA, CHECKSUM = (
    f"fenji.{part}" for part in ("manifest", "parameters", "data", "checksum")
)
LIBRARIES = ("mesa", "networkx", "numpy", "polars", "scipy")
_PREFIX = b"sha256:"
_BLANK = _PREFIX + b"0" * 64


class CorruptFileError(Exception):
    """A file that is not a whole run; its text says why."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a run stands in its experiment; it does not change what the run is."""

    experiment: str = ""
    levers: Mapping[str, float] = field(default_factory=dict)
    uncertainties: Mapping[str, float] = field(default_factory=dict)
    replicate: int = 1


@dataclass(frozen=True, slots=True)
class Job:
    """A run to be carried out, with all that a worker needs for it."""

    hash: str
    plan: Scenario
    place: Place
    data: OwnData = field(default_factory=OwnData)
    version: str = field(default_factory=model_version)


def encode(job: Job, figures: pl.DataFrame, values: Mapping[str, float]) -> bytes:
    """The bytes of a run's file; the same run gives the same bytes on any worker."""
    metadata = {
        MANIFEST: json.dumps(_manifest(job), ensure_ascii=False),
        PARAMETERS: json.dumps(dict(values)),
        CHECKSUM: _BLANK.decode(),
    }
    if job.data.archive:
        metadata[DATA] = base64.b64encode(job.data.archive).decode()
    written = io.BytesIO()
    figures.write_parquet(written, metadata=metadata)
    content = bytearray(written.getvalue())
    start = content.rindex(_BLANK)
    content[start : start + len(_BLANK)] = _checksum(content)
    return bytes(content)


def check(content: bytes) -> dict[str, Any]:
    """The manifest of a run's file; CorruptFileError unless every byte is as it was written."""
    found = content.rfind(_PREFIX)
    told = content[found : found + len(_BLANK)]
    if found < 0 or len(told) != len(_BLANK):
        raise CorruptFileError("holds no whole run")
    if _checksum(content[:found] + _BLANK + content[found + len(_BLANK) :]) != told:
        raise CorruptFileError("does not match its checksum")
    manifest: dict[str, Any] = json.loads(_metadata(content)[MANIFEST])
    return manifest


def figures_in(content: bytes) -> pl.DataFrame:
    """The table of a run's file."""
    return pl.read_parquet(io.BytesIO(content))


def parameters_in(content: bytes) -> dict[str, float]:
    """Every parameter of the run by path."""
    values: dict[str, float] = json.loads(_metadata(content)[PARAMETERS])
    return values


def job_in(content: bytes) -> Job:
    """The run of a file, ready to be carried out again."""
    manifest = check(content)
    archive = base64.b64decode(_metadata(content).get(DATA, ""))
    return Job(
        hash=manifest["hash"],
        plan=Scenario.model_validate(manifest["scenario"]),  # checked when it was made
        place=Place(**{key: manifest[key] for key in Place.__dataclass_fields__}),
        data=OwnData(archive, **manifest["data"]) if archive else OwnData(),
        version=manifest["versions"]["model"],
    )


def _manifest(job: Job) -> dict[str, Any]:
    place, data = job.place, job.data
    return {
        "format": FORMAT,
        "hash": job.hash,
        "scenario": job.plan.model_dump(mode="json", by_alias=True),
        "experiment": place.experiment,
        "levers": dict(place.levers),
        "uncertainties": dict(place.uncertainties),
        "replicate": place.replicate,
        "data": data.told,
        "versions": _versions(),
    }


@cache
def _versions() -> dict[str, str]:
    told = {"model": model_version(), "python": platform.python_version()}
    return told | {library: version(library) for library in LIBRARIES}


def _checksum(content: bytes | bytearray) -> bytes:
    return _PREFIX + hashlib.sha256(content).hexdigest().encode()


def _metadata(content: bytes) -> dict[str, str]:
    return pl.read_parquet_metadata(io.BytesIO(content))
