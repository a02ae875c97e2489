"""What a local worker process does before its first run (a Dask preload)."""

import signal

import experiments.task  # noqa: F401 (loaded now, so that the first run starts at once)
from experiments.identity import model_version


def dask_setup(_worker: object) -> None:
    """Leave Ctrl-C to the driver: a terminal sends it to every process, and runs are to end."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    model_version()
