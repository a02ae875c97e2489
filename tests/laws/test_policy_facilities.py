"""Facilities opened, closed, moved up a tier: nobody is lost, and no day before the date moves."""

from copy import deepcopy
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from experiments.results import measured
from model.care.build import lay_out
from model.policies.choice import parse_package
from model.policies.facilities import region_on, with_planned
from model.region.read import read_region
from model.region.region import TravelTable
from model.scenario import make_scenario
from model.simulation import TieredCareModel
from model.terms import InputError, Tier

HEAD = "title: {en: Plan, zh: 方案}\nquestion: {en: What if, zh: 如果}\n"
PLAN = """
levers:
  size: {default: 1, neutral: 0, low: 0, high: 2, unit: ratio, label: {en: Size, zh: 规模}}
facilities:
  - {close: tertiary-1}
  - {move: secondary-2, tier: tertiary, beds: beds * 2}
  - {open: {id: new, name: New, tier: centre, kind: township_centre, settlement: town1,
            doctors: 3 * size, beds: 6 * size}}
"""
FROM, UNTIL = date(2023, 1, 21), date(2023, 2, 20)
WARM_UP, DAYS = 15, 75
SCARCE = {"queue.capacity.tertiary": 6, "queue.capacity.secondary": 5, "supply.beds.tertiary": 0.7}


def policy_file(folder: Path, text: str) -> str:
    file = folder / "plan.yaml"
    file.write_text(HEAD + text, encoding="utf-8")
    return str(file)


def scenario(policies: str, **changes):
    plan = {"residents": 4_000, "warm_up": WARM_UP, "days": DAYS, "seed": 3, "set": SCARCE}
    return make_scenario(policies=policies or [], **(plan | changes))


@dataclass(frozen=True)
class Night:
    date: date
    spells: int
    placed: list[int]  # rows of open episodes, wherever they wait or lie
    open: list[int]
    lying: list[int]  # by facility
    beds: np.ndarray
    taken: np.ndarray
    visits: np.ndarray
    admitted: np.ndarray
    sent: np.ndarray  # rows that are not -1: where referred patients will ask
    used: np.ndarray  # facility of every resident's last visit


def night(model: TieredCareModel) -> Night:
    world, n = model.world, len(model.world.facility.tier)
    episodes, today = world.episodes, model.today
    calendars = {}
    for name in ("decisions", "stays"):
        copy, rows, day = deepcopy(getattr(world, name)), [np.empty(0, np.int64)], 0
        while len(copy):
            rows.append(copy.take(day))
            day += 1
        calendars[name] = np.concatenate(rows)
    everywhere = (*calendars.values(), world.waiting, world.waiting_bed)
    return Night(
        date=date.fromordinal(model.date.toordinal() - 1),
        spells=world.n_spells,
        placed=sorted(np.concatenate(everywhere).tolist()),
        open=np.flatnonzero(episodes.open).tolist(),
        lying=np.bincount(episodes.facility[calendars["stays"]], minlength=n).tolist(),
        beds=world.state.beds.copy(),
        taken=world.state.beds_taken.copy(),
        visits=np.bincount(today.visits.facility, minlength=n),
        admitted=np.bincount(episodes.facility[today.admitted], minlength=n),
        sent=np.unique(episodes.target[episodes.open & (episodes.target >= 0)]),
        used=world.memory.last_used.copy(),
    )


def nights_of(policies: str):
    model, nights = TieredCareModel(scenario(policies)), []
    model.run(lambda now: nights.append(night(now)))
    return model, nights


@pytest.fixture(scope="module")
def before():
    return nights_of("")


@pytest.fixture(scope="module")
def changed(tmp_path_factory, before):
    return nights_of(policy_file(tmp_path_factory.mktemp("own"), PLAN) + f"@{FROM}..{UNTIL}")


@pytest.fixture(scope="module")
def row(changed):
    return {name: at for at, name in enumerate(changed[0].region.facilities.id)}


def test_nobody_is_lost_and_no_bed_is_held_twice(changed) -> None:
    for night in changed[1]:
        assert night.placed == night.open
        assert night.lying == night.taken.tolist()


def test_no_day_before_the_change_differs_and_no_onset_ever(before, changed) -> None:
    known = len(before[0].region.facilities)
    for was, now in zip(before[1], changed[1], strict=True):
        assert was.spells == now.spells
        if was.date < FROM:
            assert was.visits.tolist() == now.visits[:known].tolist()
            assert was.taken.tolist() == now.taken[:known].tolist()
    last, now = before[1][-1], changed[1][-1]
    assert last.visits.tolist() != now.visits[:known].tolist()


def test_nobody_goes_to_a_closed_house_and_who_lies_there_leaves(changed, row) -> None:
    closed = [row["tertiary-1"], row["secondary-2"]]
    held = None
    for night in changed[1]:
        if not FROM <= night.date < UNTIL:
            continue
        assert night.visits[closed].tolist() == night.admitted[closed].tolist() == [0, 0]
        assert not np.isin(closed, night.sent).any()
        assert held is None or (night.taken[closed] <= held).all()
        held = night.taken[closed]
    first = next(night for night in changed[1] if night.date == FROM)
    assert (first.taken[closed] > 0).any()
    assert held is not None
    assert held.sum() < first.taken[closed].sum()


def test_new_houses_are_used_from_their_date_to_their_end_alone(changed, row) -> None:
    new = [row["new"], row["secondary-2-tertiary"]]
    seen = np.zeros(2)
    for night in changed[1]:
        if FROM <= night.date < UNTIL:
            seen += night.visits[new]
        else:
            assert night.visits[new].tolist() == night.admitted[new].tolist() == [0, 0]
    assert (seen > 10).all()
    beds = next(night.beds for night in changed[1] if night.date == FROM)
    old = next(night.beds for night in changed[1] if night.date == UNTIL)
    assert beds[row["new"]] == 6
    assert beds[row["secondary-2"]] == 0
    assert beds[row["secondary-2-tertiary"]] > old[row["secondary-2"]]


def test_a_house_that_moves_keeps_its_place_its_name_and_its_patients_habits(changed, row) -> None:
    facilities = changed[0].region.facilities
    old, new = row["secondary-2"], row["secondary-2-tertiary"]
    assert facilities.name[old] == facilities.name[new]
    assert (facilities.lon[old], facilities.lat[old]) == (facilities.lon[new], facilities.lat[new])
    assert (Tier(facilities.tier[old]), Tier(facilities.tier[new])) == (2, 3)
    by_date = {night.date: night.used for night in changed[1]}
    assert (by_date[FROM] != old).all()
    assert (by_date[FROM] == new).any()
    assert (by_date[UNTIL] == old).any()
    assert (by_date[UNTIL] != new).all()


def test_a_facility_of_size_zero_and_a_baseline_afterwards_are_the_baseline(
    before, tmp_path
) -> None:
    text = PLAN.replace("  - {close: tertiary-1}\n", "").replace(
        "  - {move: secondary-2, tier: tertiary, beds: beds * 2}\n",
        "  - {set: secondary-2, doctors: doctors * (1 + size)}\n",
    )
    figures = {name: of.value for name, of in measured(before[0]).items()}
    for policies in (policy_file(tmp_path, text) + ":size=0", ""):
        model = TieredCareModel(scenario(policies))
        model.run()
        assert {name: of.value for name, of in measured(model).items()} == figures


def test_numbers_hold_for_the_whole_population_and_scale_with_a_sample(tmp_path) -> None:
    text = "facilities: [{set: hospital-mill, doctors: 4, beds: 20}]"
    half = scenario(policy_file(tmp_path, text), region="brook", residents=1_500, set={})
    model = TieredCareModel(half)
    model.step()
    at = model.region.facilities.id.index("hospital-mill")
    model.run()
    assert model.region.population == 3_000
    assert model.world.facility.doctors[at] == 2
    assert model.world.state.beds[at] == 10


def on_brook(text: str, folder: Path, region=None):
    choices = parse_package(policy_file(folder, text))
    return region_on(with_planned(region or read_region("brook"), choices), choices)


def test_referral_targets_and_home_centres_are_laid_out_anew(tmp_path) -> None:
    text = """
facilities:
  - {move: hospital-mill, tier: tertiary}
  - {close: centre-easthill}
"""
    region = on_brook(text, tmp_path)
    ids = region.facilities.id
    ground = lay_out(
        region, scenario("", region="brook", residents=500, set={}).parameters(region), 1.0
    )
    moved, centre = ids.index("hospital-mill-tertiary"), ids.index("centre-mill")
    assert ground.facility.up[centre] == moved  # there is no secondary hospital any more
    assert ground.facility.up[ids.index("clinic-easthill")] == centre
    assert (ground.home_centre == centre).all()


def test_given_travel_times_hold_for_a_house_that_moves(tmp_path) -> None:
    region = read_region("brook")
    hospital = region.facilities.id.index("hospital-mill")
    table = TravelTable(np.array([1]), np.array([hospital]), np.array([99.0]))
    text = "facilities: [{move: hospital-mill, tier: tertiary}]"
    given = on_brook(text, tmp_path, replace(region, travel_table=table)).travel_table
    assert given is not None
    assert given.facility.tolist() == [hospital, len(region.facilities)]
    assert given.minutes.tolist() == [99.0, 99.0]


NEW = "{open: {id: %s, name: X, tier: centre, kind: %s, settlement: %s, doctors: 1}}"
WRONG = {
    "facilities: [{close: clinic-fery}]": r"row 3, .*unknown facility; .*clinic-ferry",
    "facilities: [{closes: a}]": r"row 3, column facilities.0.closes: unknown key; .*open, close",
    f"facilities: [{NEW % ('x', 'general', 'mill')}]": "township_centre, community_centre",
    f"facilities: [{NEW % ('x', 'township_centre', 'mil')}]": "unknown settlement; .*mill",
    f"facilities: [{NEW % ('centre-mill', 'township_centre', 'mill')}]": "the id is taken",
    "facilities: [{open: {id: x, name: X, tier: centre, kind: a, doctors: 1}}]": "needs a settlem",
    "facilities: [{close: centre-mill, set: centre-mill}]": "exactly one of open, close",
    "facilities: [{close: centre-mill, tier: tertiary}]": "needs tier where it moves",
    "facilities: [{close: centre-mill, beds: 1}]": "doctors and beds stand beside",
    "facilities: [{close: centre-mill, kind: general}]": "kind stands beside move",
    "facilities: [{set: centre-mill}]": "set needs doctors or beds",
    "facilities: [{set: centre-mill, doctors: doctor * 2}]": "levers doctors, beds",
    "facilities: [{set: centre-mill, doctors: -2}]": "out of range; found -2",
    "facilities: [{set: centre-mill, beds: 2}, {close: centre-mill}]": "in the file twice",
    "facilities: [{move: centre-mill, tier: centre}]": "of this tier already",
    "facilities: [{move: centre-mill, tier: secondary}]": "kind of secondary; .*general, tcm",
    "facilities: [{move: hospital-far, tier: secondary}]": "outside the county",
    "mechanism: {en: a, zh: a}": "needs changes, facilities, roads or members",
    "id: plan\nmembers: {centre-mill: []}": "row 3, column id: unknown key",
}


@pytest.mark.parametrize("text", WRONG)
def test_a_wrong_plan_is_an_error_that_names_file_and_row(text, tmp_path) -> None:
    with pytest.raises(InputError, match=rf"plan\.yaml.*{WRONG[text]}"):
        on_brook(text, tmp_path)


def test_two_policies_that_change_one_facility_at_once_are_an_error_that_names_both(
    tmp_path,
) -> None:
    one = policy_file(tmp_path, "facilities: [{close: clinic-ferry}]")
    other = tmp_path / "other.yaml"
    other.write_text(Path(one).read_text(encoding="utf-8"), encoding="utf-8")
    together = scenario(f"{one}+{other}", region="brook", residents=500, set={})
    with pytest.raises(InputError, match=r"plan\.yaml and .*other\.yaml both change"):
        TieredCareModel(together)
    in_turn = scenario(
        f"{one}@2023-01-01..{FROM}+{other}@{FROM}", region="brook", residents=500, set={}
    )
    TieredCareModel(in_turn)


def test_nothing_can_be_planned_once_the_run_has_begun(tmp_path) -> None:
    model = TieredCareModel(scenario("", region="brook", residents=500, set={}))
    text = "facilities: [{move: hospital-mill, tier: tertiary}]"
    with pytest.raises(InputError, match="before the first day only"):
        model.adopt(parse_package(policy_file(tmp_path, text)))
    assert model.plan.policies == []
