"""How kernels are compiled: on first use, and kept on disk where that can be written."""

import hashlib
import os
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any, TypeVar

import numba

Kernel = TypeVar("Kernel", bound=Callable[..., Any])
HERE = Path(__file__).parent


def compiled(kernel: Kernel) -> Kernel:
    """Compile with IEEE arithmetic, as numpy computes; division by zero gives inf, not an error.

    Kernels make no arrays: so none need be counted, which in a loop over patients costs as much as
    all that is computed.
    """
    return _compile(kernel, {"error_model": "numpy", "nogil": True, "_nrt": False})


def fused(kernel: Kernel) -> Kernel:
    """The same, but a product may be added unrounded, which takes one instruction and not two.

    For exponentials and logarithms, which come the nearer to their true values; never for money.
    """
    options = {"error_model": "numpy", "nogil": True, "_nrt": False, "fastmath": {"contract"}}
    return _compile(kernel, options)


def part_of_kernels(kernel: Kernel) -> Kernel:
    """The same for what kernels call: it becomes a part of each."""
    return _compile(kernel, {"error_model": "numpy", "_nrt": False, "inline": "always"})


def _compile(kernel: Kernel, options: dict[str, Any]) -> Kernel:
    settings: Any = numba.config
    folder, usual = _folder(), settings.CACHE_DIR
    try:
        settings.CACHE_DIR = folder
        made: Kernel = numba.njit(cache=bool(folder), **options)(kernel)
    finally:
        settings.CACHE_DIR = usual
    return made


@cache
def _folder() -> str:
    """Where compiled code is kept; empty if nowhere.

    A folder for each state of the kernels' sources: numba itself sees only whether the file of one
    kernel has changed, not the files of those that it calls.
    """
    sources = (path.read_bytes() for path in sorted(HERE.glob("*.py")))
    state = hashlib.sha256(b"".join(sources)).hexdigest()[:12]
    for root in _roots():
        folder = root / f"fenji-{state}"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            TemporaryFile(dir=folder).close()
        except OSError:
            continue
        return str(folder)
    return ""


def _roots() -> Iterator[Path]:
    if said := os.environ.get("NUMBA_CACHE_DIR"):
        yield Path(said)
    yield HERE / "__pycache__"
    home = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    yield Path(home) / "fenji"
