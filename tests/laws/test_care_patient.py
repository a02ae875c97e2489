"""A patient looked at by herself thinks, chooses and explains exactly as the day does."""

import numpy as np
import pytest

from model.care.decision import Seeks
from model.day import DAY, Today
from model.patient import Patient
from model.scenario import make_scenario
from model.simulation import TieredCareModel
from model.terms import Condition, Ints, Tier

RESIDENTS, DAYS = 20_000, 15
LOOKED_AT = 2_000


class Morning:
    """A day that stopped after `weigh_options`."""

    def __init__(self) -> None:
        self.model = TieredCareModel(
            make_scenario(residents=RESIDENTS, warm_up=0, days=DAYS + 1, seed=2)
        )
        for _ in range(DAYS):
            self.model.step()
        self._send_patients()
        self.today = Today(self.model.day, self.model.tally)
        self.steps = iter(DAY)
        for name in ("fall_ill", "weigh_options"):
            self.take(name)

    def _send_patients(self) -> None:
        """Patients of every kind, beside those of the day itself."""
        rng, n, world = np.random.default_rng(3), LOOKED_AT, self.model.world
        rows = world.episodes.add(
            n,
            person=rng.permutation(RESIDENTS)[:n],
            key=1_000_000 + np.arange(n) * 128,
            condition=rng.integers(0, len(Condition), n),
            severity=rng.random(n, np.float32),
            emergency=rng.random(n) < 0.05,
            follow_up=rng.random(n) < 0.2,
            referred=rng.random(n) < 0.1,
        )
        world.decisions.enter(rows, np.full(n, self.model.day))

    def take(self, name: str) -> None:
        step = next(self.steps)
        assert step.__name__ == name
        step(self.model.world, self.today)

    def patient(self, row: int) -> Patient:
        return self.model.patients[int(self.model.world.episodes.person[row])]


@pytest.fixture(scope="module")
def morning() -> Morning:
    return Morning()


@pytest.fixture(scope="module")
def rows(morning: Morning) -> Ints:
    deciding = morning.today.deciding
    assert len(deciding) > LOOKED_AT
    return deciding[:: len(deciding) // LOOKED_AT]


def looked_at_state(model: TieredCareModel) -> list[bytes]:
    world = model.world
    arrays = [world.residents.trust, world.memory.touched_day, world.state.load]
    arrays += [world.episodes.step, world.episodes.facility, world.year.account, world.waiting]
    return [array.tobytes() for array in arrays]


def test_patients_weigh_their_options_as_the_day_does(morning: Morning, rows: Ints) -> None:
    position = {row: at for at, row in enumerate(morning.today.deciding.tolist())}
    for row in rows.tolist():
        at = position[row]
        alone, together = morning.patient(row).weighed(row), morning.today.weighed
        for name in ("utility", "tier_value", "outside", "provider", "free", "price"):
            mine, ours = getattr(alone, name)[..., 0], getattr(together, name)[..., at]
            assert (mine == ours).all(), (row, name)


def test_terms_add_up_to_the_utility_and_shares_to_one(morning: Morning, rows: Ints) -> None:
    for row in rows[:400].tolist():
        options = morning.patient(row).options(row)
        utility = morning.patient(row).utility(row)
        assert len(options) == np.isfinite(utility).sum()
        assert [option.utility for option in options] == sorted(
            utility[np.isfinite(utility)].tolist(), reverse=True
        )
        for option in options:
            assert sum(option.terms.values()) == pytest.approx(option.utility, abs=1e-9)
            assert option.price_cny >= 0
        assert sum(option.share for option in options) == pytest.approx(1)


def test_looking_changes_nothing(morning: Morning, rows: Ints) -> None:
    before = looked_at_state(morning.model)
    agents = len(morning.model.agents)
    for row in rows[:50].tolist():
        patient = morning.patient(row)
        patient.options(row)
        patient.choose(row)
        assert patient.explain(row)
    assert looked_at_state(morning.model) == before
    assert len(morning.model.agents) == agents


def test_an_explanation_names_who_what_and_the_choice(morning: Morning, rows: Ints) -> None:
    facilities = morning.model.region.facilities
    for row in rows[:100].tolist():
        patient = morning.patient(row)
        told = patient.explain(row)
        seeks, facility = patient.choose(row)
        assert f"Resident {patient.row}" in told
        assert str(patient.age) in told
        last = told.splitlines()[-1]
        assert {
            Seeks.PROVIDER: facilities.name[facility] if facility is not None else "",
            Seeks.PHARMACY: "pharmacy",
            Seeks.NOBODY: "nobody",
        }[seeks] in last
        for option in patient.options(row):
            assert option.name in told


def test_a_patient_knows_her_open_episodes_and_herself(morning: Morning, rows: Ints) -> None:
    residents = morning.model.world.residents
    for row in rows[:200].tolist():
        patient = morning.patient(row)
        assert row in patient.episodes
        assert (morning.model.world.episodes.person[patient.episodes] == patient.row).all()
        assert patient.age == residents.age[patient.row]
        assert patient.scheme == residents.scheme[patient.row]
        assert patient.trust == {
            tier.word: float(residents.trust[tier, patient.row]) for tier in Tier
        }


def test_every_resident_and_nobody_else_is_a_patient(morning: Morning) -> None:
    patients = morning.model.patients
    assert len(patients) == RESIDENTS
    assert patients[RESIDENTS - 1].row == RESIDENTS - 1
    for row in (-1, RESIDENTS):
        with pytest.raises(IndexError, match=str(row)):
            patients[row]


def test_the_day_sends_each_patient_where_she_said_she_would_go(
    morning: Morning, rows: Ints
) -> None:
    said = [morning.patient(row).choose(row) for row in rows.tolist()]
    morning.take("seek_care")
    morning.take("choose_facility")
    world, today = morning.model.world, morning.today
    seeking = set(today.deciding[today.seeking].tolist())
    buying, at_home = set(today.buying.tolist()), set(today.staying_home.tolist())
    assert {seeks for seeks, _ in said} == set(Seeks)
    for row, (seeks, facility) in zip(rows.tolist(), said, strict=True):
        assert (row in seeking) == (seeks == Seeks.PROVIDER)
        assert (row in buying) == (seeks == Seeks.PHARMACY)
        assert (row in at_home) == (seeks == Seeks.NOBODY)
        if facility is not None:
            assert world.episodes.facility[row] == facility
            assert row in world.waiting
