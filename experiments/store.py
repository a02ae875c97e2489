"""The folder of an experiment: one file a run, written whole or not at all.

experiment.json         the design; a folder belongs to one experiment
runs/<hash>.parquet     a finished run
failures/<hash>.json    a run that always fails, with its traceback
claims/<hash>           a run that some driver has in hand; says only: others first
compact/                the runs joined for quick reading (`fenji results compact`)
"""

import errno
import json
import os
import platform
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from itertools import count
from pathlib import Path
from typing import Any

from experiments.run_file import CorruptFileError, check

EXPERIMENT, RUNS, FAILURES, CLAIMS, COMPACT = (
    "experiment.json",
    "runs",
    "failures",
    "claims",
    "compact",
)
FULL = (errno.ENOSPC, errno.EDQUOT)  # no room, to an OSError
STALE_S = 3600.0  # a file is written in milliseconds; a draft this old has lost its writer
_DRAFTS = count()


@dataclass(frozen=True, slots=True)
class Failure:
    """A run that always fails."""

    hash: str
    error: str
    traceback: str
    tries: int
    scenario: dict[str, Any]
    levers: dict[str, float]
    uncertainties: dict[str, float]
    replicate: int


@dataclass(frozen=True, slots=True)
class SetAside:
    """A file that is not a whole run, under its new name."""

    path: Path
    reason: str


class Store:
    """Reads and writes a folder; any number of drivers may do so at once."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, run: str) -> Path:
        """Where a run's file is, or will be."""
        return self.folder / RUNS / f"{run}.parquet"

    def failure_path(self, run: str) -> Path:
        """Where a run's failure is told."""
        return self.folder / FAILURES / f"{run}.json"

    def prepare(self) -> None:
        """Make the folders, and clear drafts that a killed driver left."""
        (self.folder / RUNS).mkdir(parents=True, exist_ok=True)
        for draft in (self.folder / RUNS).glob("*.tmp"):
            with suppress(OSError):
                if time.time() - draft.stat().st_mtime > STALE_S:
                    draft.unlink()

    def hashes(self) -> list[str]:
        """Every run that has a file, sorted."""
        return sorted(file.stem for file in (self.folder / RUNS).glob("*.parquet"))

    def failed(self) -> list[str]:
        """Every run that has a recorded failure, sorted."""
        return sorted(file.stem for file in (self.folder / FAILURES).glob("*.json"))

    def has(self, run: str) -> bool:
        """Whether a run is finished."""
        return self.path(run).exists()

    def read(self, run: str) -> bytes:
        """The content of a run's file; CorruptFileError if it is not whole or is another run's."""
        content = self.path(run).read_bytes()
        found = check(content)["hash"]
        if found != run:
            raise CorruptFileError(f"holds run {found}")
        return content

    def finished(self, wanted: Sequence[str]) -> tuple[set[str], list[SetAside]]:
        """Which of these runs are there and whole; others of their names are set aside."""
        whole, aside = set(), []
        for run in wanted:
            try:
                self.read(run)
                whole.add(run)
            except FileNotFoundError:
                continue
            except CorruptFileError as error:
                aside.append(SetAside(self._set_aside(run), str(error)))
        return whole, aside

    def write(self, run: str, content: bytes) -> None:
        """Keep a finished run; OSError if there is no room.

        Not forced to the disk: should the machine itself fall, a file that was lost or cut short
        is found by its checksum and run again, which is cheaper than waiting for every write.
        """
        write_whole(self.path(run), content)
        with suppress(FileNotFoundError):
            self.failure_path(run).unlink()

    def fail(self, failure: Failure) -> None:
        """Keep what is known of a run that always fails."""
        text = json.dumps(asdict(failure), ensure_ascii=False, indent=1)
        path = self.failure_path(failure.hash)
        path.parent.mkdir(exist_ok=True)
        write_whole(path, (text + "\n").encode())

    def failure(self, run: str) -> Failure:
        """What is known of a run that always fails."""
        return Failure(**json.loads(self.failure_path(run).read_text(encoding="utf-8")))

    def claim(self, run: str) -> bool:
        """Say that this driver takes a run; False if another one said so first.

        A claim is advice. Its driver may have been killed, so a claimed run is left to the end,
        not left out; two drivers that carry out the same run write the same file.
        """
        path = self.folder / CLAIMS / run
        path.parent.mkdir(exist_ok=True)
        with suppress(FileExistsError):
            path.touch(exist_ok=False)
            return True
        return False

    def release(self, run: str) -> None:
        """Take a claim back."""
        with suppress(FileNotFoundError):
            (self.folder / CLAIMS / run).unlink()

    def _set_aside(self, run: str) -> Path:
        path = self.path(run)
        aside = path.with_name(path.name + ".corrupt")
        with suppress(FileNotFoundError):  # another driver was first
            os.replace(path, aside)
        return aside


def write_whole(path: Path, content: bytes) -> None:
    """Write to a temporary name and rename; an OSError names the file, not the draft."""
    draft = path.with_name(f"{path.stem}.{platform.node()}-{os.getpid()}-{next(_DRAFTS)}.tmp")
    try:
        draft.write_bytes(content)
        os.replace(draft, path)
    except OSError as error:
        with suppress(OSError):
            draft.unlink()
        raise OSError(error.errno, error.strerror, str(path)) from error
