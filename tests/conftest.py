"""What all tests share."""

import os
from pathlib import Path

import pytest
from hypothesis import settings

# The same examples on every machine, and no limit on time: a slow machine is not a fault.
settings.register_profile("steady", derandomize=True, deadline=None, database=None)
settings.load_profile("steady")
# The model as it is written, however much a process runs; kernels are held equal to it in `laws`.
os.environ.setdefault("FENJI_KERNELS", "numpy")


@pytest.fixture(scope="session")
def root() -> Path:
    return Path(__file__).parents[1]
