"""Calibration: its arithmetic on straight models, and known parameters found again."""

import numpy as np
import pytest
import yaml

from experiments.batch import Batch, crew_for, job_of
from experiments.calibration import Calibration
from experiments.calibration_files import OVERLAY, SCENARIO, VECTORS, read_vectors, write_files
from experiments.fitted import read_dials
from experiments.implausibility import CUT_OFF, Emulator, Rows, next_positions, plausible_draws
from experiments.progress import Quiet
from experiments.store import Store
from experiments.targets import Target
from model.parameters import shipped_parameters
from model.scenario import Scenario, read_scenario

ROWS = (
    "visit_share_clinic",
    "visit_share_centre",
    "visits_per_resident",
    "outpatient_charge_hospital",
    "outpatient_charge_centre",
)
DIALS = """
centre: {paths: [choice.tier_constant.*.centre], how: add, low: -1, high: 1, step: 0.3, why: w}
onsets: {paths: [illness.incidence.common_acute.*], how: multiply, low: -0.7, high: 0.7, step: 0.2, why: w}
charges: {paths: [charges.visit.*], how: multiply, low: -0.4, high: 0.4, step: 0.1, why: w}
"""  # noqa: E501
TRUE = ([0.5, 0.3, 0.2], [-0.6, 0.2, -0.2], [0.2, -0.4, 0.1])
PLAN = Scenario(residents=1500, days=40, warm_up=5)


def target(name, value, half):
    told = {"indicator": name, "group": "all", "unit": "", "year": 2023, "confidence": "assumed"}
    return Target(
        id=name,
        value=value,
        low=value - half,
        high=value + half,
        role="calibrate",
        source="simulated",
        **told,
    )


@pytest.fixture
def straight():
    rng = np.random.default_rng(1)
    response = rng.normal(size=(6, 3))
    value = response @ np.array([0.3, -0.2, 0.1])
    rows = Rows(value, value - 0.3, value + 0.3)
    return rows, Emulator(np.zeros(3), np.zeros(6), response)


def test_implausibility_is_three_at_the_end_of_the_band_and_less_with_noise():
    rows = Rows(np.array([10.0]), np.array([9.0]), np.array([13.0]))
    exact = np.zeros(1)
    assert rows.implausibility(np.array([[9.0], [13.0], [10.0]]), exact).ravel() == pytest.approx(
        [CUT_OFF, CUT_OFF, 0]
    )
    assert rows.implausibility(np.array([9.0]), np.array([0.5]))[0] < CUT_OFF


def test_a_whole_step_solves_a_straight_model(straight):
    rows, emulator = straight
    low, high = -np.ones(3), np.ones(3)
    found = next_positions(emulator, rows, np.zeros(6), low, high, damping=1.0)
    assert found == pytest.approx([0.3, -0.2, 0.1], abs=0.02)
    half = next_positions(emulator, rows, np.zeros(6), low, high, damping=0.5)
    assert half == pytest.approx(found / 2)


def test_a_step_stays_inside_the_dials(straight):
    rows, emulator = straight
    low, high = np.array([-1.0, -0.1, -1.0]), np.array([0.1, 1.0, 1.0])
    found = next_positions(emulator, rows, np.zeros(6), low, high, damping=1.0)
    assert (found >= low).all()
    assert (found <= high).all()


def test_broydens_correction_meets_the_new_point_and_the_old():
    emulator = Emulator(np.zeros(2), np.array([1.0, 2.0]), np.eye(2))
    new = emulator.corrected(np.array([0.5, 0.0]), np.array([2.0, 2.0]))
    assert new.predict(np.zeros(2)) == pytest.approx([1.0, 2.0])
    assert new.predict(np.array([0.5, 0.0])) == pytest.approx([2.0, 2.0])


def test_draws_are_plausible_and_spread(straight):
    rows, emulator = straight
    at = Emulator(np.array([0.3, -0.2, 0.1]), rows.value, emulator.response)
    low, high = -np.ones(3), np.ones(3)
    drawn = plausible_draws(at, rows, np.zeros(6), low, high, number=20, seed=3)
    assert rows.inside(at.predict(drawn)).all()
    assert (drawn.std(axis=0) > 0.01).all()
    again = plausible_draws(at, rows, np.zeros(6), low, high, number=20, seed=3)
    assert (drawn == again).all()


def test_draws_leave_a_start_that_is_barely_plausible(straight):
    rows, emulator = straight
    edge = Emulator(np.zeros(3), rows.value + 0.08 * CUT_OFF, emulator.response)
    drawn = plausible_draws(edge, rows, np.zeros(6), -np.ones(3), np.ones(3), number=20, seed=3)
    assert (rows.implausibility(edge.predict(drawn), np.zeros(6)) <= CUT_OFF + 1e-9).all()
    assert (drawn.std(axis=0) > 0.01).all()


@pytest.fixture(scope="module")
def fitted(tmp_path_factory):
    """Three calibrations to figures that another seed gave at known positions."""
    folder = tmp_path_factory.mktemp("calibrate")
    (folder / "dials.yaml").write_text(DIALS, encoding="utf-8")
    dials = read_dials(shipped_parameters(), folder / "dials.yaml")
    found = []
    with crew_for(None, serial=True) as crew:
        batch = Batch(Store(folder / "runs"), crew, Quiet())
        for true in TRUE:
            changed = {"overrides": dials.values(true)}
            seeds = [PLAN.model_copy(update={**changed, "seed": seed}) for seed in (7, 8, 9)]
            runs = batch.measure([job_of(plan, "data") for plan in seeds])
            values = np.array([[run[name] for name in ROWS] for run in runs])
            noise = values.std(axis=0, ddof=1)
            means = values.mean(axis=0)
            bands = 3 * np.maximum(noise, 0.01 * means)
            rows = [target(*row) for row in zip(ROWS, means, bands, strict=True)]
            fitting = Calibration(PLAN, rows, dials, batch, lambda _text: None)
            best, kept = fitting.fit(4)
            write_files(folder, fitting, best, kept, "simulated.csv")
            found.append((np.array(true), best, kept))
    return folder, dials, found


def test_known_parameters_are_found_again(fitted, record_property):
    _, _, found = fitted
    errors = np.array([best.positions - true for true, best, _ in found])
    assert np.abs(errors).max() < 0.4
    assert np.sqrt((errors**2).mean()) < 0.15
    spans = [(np.array([trial.positions for trial in kept]), true) for true, _, kept in found]
    covered = [
        (near.min(axis=0) - 0.1 <= true) & (true <= near.max(axis=0) + 0.1) for near, true in spans
    ]
    coverage = float(np.mean(covered))
    record_property("coverage", coverage)
    assert coverage >= 0.7


def test_every_vector_is_plausible_by_its_own_run(fitted):
    _, _, found = fitted
    assert all(len(kept) >= 2 for _, _, kept in found)
    assert all(trial.worst <= CUT_OFF for _, _, kept in found for trial in kept)


def test_the_files_can_be_used(fitted):
    folder, dials, found = fitted
    best, kept = found[-1][1:]
    values = dials.values(best.positions)
    scenario = read_scenario(folder / SCENARIO)
    assert scenario.changes == values
    overlay = yaml.safe_load((folder / OVERLAY).read_text(encoding="utf-8"))["parameters"]
    assert {path: leaf["value"] for path, leaf in overlay.items()} == values
    assert {leaf["status"] for leaf in overlay.values()} == {"fitted"}
    assert all("simulated.csv" in leaf["source"] for leaf in overlay.values())
    vectors = read_vectors(folder / VECTORS, shipped_parameters())
    assert vectors == tuple(dials.values(trial.positions) for trial in kept)


def test_the_same_call_again_runs_nothing(fitted, monkeypatch):
    folder, dials, found = fitted
    true = found[0][0]
    before = sorted(path.name for path in (folder / "runs" / "runs").iterdir())
    with crew_for(None, serial=True) as crew:
        monkeypatch.setattr(crew, "submit", lambda _job: pytest.fail("a run was repeated"))
        batch = Batch(Store(folder / "runs"), crew, Quiet())
        changed = PLAN.model_copy(update={"overrides": dials.values(true), "seed": 7})
        batch.measure([job_of(changed, "data")])
    assert sorted(path.name for path in (folder / "runs" / "runs").iterdir()) == before
