"""Which experiment, and which run: what a person means by a folder, a hash or a part of one."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from experiments.adopt import is_experiment, read_experiment
from experiments.run_file import CorruptFileError, check
from experiments.store import RUNS, Failure, Store
from model.terms import InputError

USUAL = Path("out")


@dataclass(frozen=True, slots=True)
class Found:
    """A run: the content of its file, or why it failed."""

    path: Path
    content: bytes = b""
    failure: Failure | None = None


def experiment_folder(given: Path | None) -> Path:
    """The folder that was named, or the only one below out/."""
    if given is not None:
        read_experiment(given)
        return given
    folders = _below(USUAL)
    if len(folders) != 1:
        names = ", ".join(map(str, folders))
        raise InputError("which folder?", found=names or None, allowed="one that a sweep made")
    return folders[0]


def find_run(text: str, given: Path | None) -> Found:
    """A run by its file, or by the beginning of its hash in a folder or in all below out/."""
    if Path(text).is_file():
        return _whole(Path(text))
    folders = [experiment_folder(given)] if given is not None else _below(USUAL)
    files = [
        file for folder in folders for file in sorted((folder / RUNS).glob(f"{text}*.parquet"))
    ]
    failed = {run: Store(f) for f in folders for run in Store(f).failed() if run.startswith(text)}
    names = sorted({file.stem for file in files} | set(failed)) if text.isalnum() else []
    if len(names) != 1:
        where = ", ".join(map(str, folders)) or f"{USUAL}/"
        problem = "several runs begin so" if names else f"no such run in {where}"
        allowed = ", ".join(names[:5]) or "a hash from `fenji results list`, or a run's file"
        raise InputError(problem, found=text, allowed=allowed)
    if files:
        return _whole(files[0])
    store = failed[names[0]]
    return Found(store.failure_path(names[0]), failure=store.failure(names[0]))


def _below(folder: Path) -> Sequence[Path]:
    candidates = [Path(), *sorted(folder.glob("*"))]
    return [candidate for candidate in candidates if is_experiment(candidate)]


def _whole(path: Path) -> Found:
    content = path.read_bytes()
    try:
        check(content)
    except CorruptFileError as error:
        allowed = "a run's file; a sweep sets this one aside and repeats the run"
        raise InputError(f"is corrupt: it {error}", file=path, allowed=allowed) from error
    return Found(path, content)
