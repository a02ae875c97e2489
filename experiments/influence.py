"""How much the main indicators move over each parameter's range, one parameter at a time.

A parameter is a leaf of the files in `model/data/parameters`, with all its numbers. Each goes to
its `low`, then to its `high`. Where one range stands for a table of different numbers, it says what
is allowed rather than what is likely; such a table goes down and up by a fifth of each number (of
its range, where the number is 0), inside the range. Seeds are common, so that what differs is the
parameter's doing alone.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress

import polars as pl

from experiments.batch import Batch, job_of
from experiments.targets import targets_folder
from model.parameters import Parameter, Parameters
from model.scenario import Scenario
from model.terms import InputError

INDICATORS = (
    "visits_per_resident",
    "visit_share_tertiary",
    "first_contact_primary_share",
    "admissions_per_resident",
    "mean_wait_min_tertiary",
    "bed_occupancy_tertiary",
    "unmet_need_share",
    "fund_payment_per_resident_cny",
    "out_of_pocket_per_resident_cny",
    "trust_primary",
)
FIFTH = 0.2
FILE = "influence.csv"
PARAMETER, END, LOWER, UPPER = "parameter", "end", "low", "high"
BASELINE = "baseline"


def leaf_of(path: str) -> str:
    """The leaf of a parameter file to which a number belongs: its first two names."""
    return ".".join(path.split(".")[:2])


def leaves(parameters: Parameters) -> dict[str, list[Parameter]]:
    """Every leaf with its numbers."""
    found: dict[str, list[Parameter]] = {}
    for path, number in parameters.items():
        found.setdefault(leaf_of(path), []).append(number)
    return found


def ends(numbers: Sequence[Parameter]) -> tuple[dict[str, float], dict[str, float]]:
    """The values of a leaf at its lower and at its upper end."""
    ranges = {(number.low, number.high) for number in numbers}
    shared = len(numbers) > 1 and len(ranges) == 1
    lower, upper = {}, {}
    for number in numbers:
        low, high = number.low, number.high
        if shared:
            step = FIFTH * (abs(number.value) or high - low)
            low, high = max(low, number.value - step), min(high, number.value + step)
        lower[number.path], upper[number.path] = low, high
    return lower, upper


def influence(plan: Scenario, parameters: Parameters, batch: Batch) -> pl.DataFrame:
    """Indicators at both ends of every leaf: parameter, end, and a column an indicator.

    The first row is the baseline. A leaf whose end cannot be run (shares that no longer sum to
    one, say) has no figures there.
    """
    planned = {(BASELINE, ""): plan}
    for leaf, numbers in leaves(parameters).items():
        for end, values in zip((LOWER, UPPER), ends(numbers), strict=True):
            changed = {path: v for path, v in values.items() if v != parameters[path].value}
            if changed:
                overrides = {**plan.overrides, **changed}
                planned[leaf, end] = plan.model_copy(update={"overrides": overrides})
    jobs = {}
    for key, one in planned.items():
        with suppress(InputError):
            jobs[key] = job_of(one, " ".join(key))
    batch.settle(list(jobs.values()))
    rows = []
    for (leaf, end), job in jobs.items():
        found = batch.read(job) if batch.store.has(job.hash) else {}
        rows.append({PARAMETER: leaf, END: end, **{name: found.get(name) for name in INDICATORS}})
    return pl.DataFrame(rows, infer_schema_length=None)


def shipped_influence() -> pl.DataFrame:
    """The figures that come with the package, of `national`."""
    return pl.read_csv(targets_folder() / FILE)


def effects(measured: pl.DataFrame) -> dict[str, dict[str, float]]:
    """The larger relative change of each indicator at a leaf's two ends, by leaf."""
    rows = list(measured.iter_rows(named=True))
    base = next(row for row in rows if row[PARAMETER] == BASELINE)
    found: dict[str, dict[str, float]] = {}
    for row in rows:
        if row[PARAMETER] == BASELINE:
            continue
        leaf = found.setdefault(row[PARAMETER], dict.fromkeys(INDICATORS, 0.0))
        for name in INDICATORS:
            if row[name] is not None and base[name]:
                leaf[name] = max(leaf[name], abs(row[name] / base[name] - 1))
    return found


def ranked(found: Mapping[str, Mapping[str, float]]) -> list[tuple[str, float]]:
    """Leaves by the mean relative change over the main indicators, most influential first."""
    score = {leaf: sum(moved.values()) / len(INDICATORS) for leaf, moved in found.items()}
    return sorted(score.items(), key=lambda item: -item[1])
