"""A county may lack a tier, a village all but its clinic: the day passes all the same."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from model.care.utility import own_team_slots
from model.parameters import data_folder
from model.scenario import make_scenario
from model.simulation import TieredCareModel
from model.terms import Tier

LACKING = [
    ("tertiary",),
    ("secondary",),
    ("centre",),
    ("clinic",),
    ("clinic", "centre"),
    ("secondary", "tertiary"),
    ("centre", "secondary", "tertiary"),
]


def without(tiers: tuple[str, ...], folder: Path) -> TieredCareModel:
    """Brook without the facilities of some tiers, after some weeks."""
    shutil.copytree(data_folder() / "regions" / "brook", folder)
    file = folder / "facilities.csv"
    lines = file.read_text(encoding="utf-8").splitlines(keepends=True)
    kept = [line for line in lines if not any(f",{tier}," in line for tier in tiers)]
    file.write_text("".join(kept), encoding="utf-8")
    model = TieredCareModel(make_scenario(region=str(folder), residents=1_500, days=30, warm_up=0))
    model.run()
    return model


@pytest.mark.parametrize("tiers", LACKING, ids="+".join)
def test_a_tier_that_does_not_exist_sees_nobody_and_the_others_do(
    tiers: tuple[str, ...], tmp_path: Path
) -> None:
    model = without(tiers, tmp_path / "region")
    visits = model.tally.daily["visits"].sum(axis=0)
    assert ((visits > 0) == [tier.word not in tiers for tier in Tier]).all()
    world = model.world
    episode = int(np.flatnonzero(world.episodes.open)[0])
    patient = model.patients[int(world.episodes.person[episode])]
    assert {option.tier.word for option in patient.options(episode)}.isdisjoint(tiers)
    if not world.state.beds.any():
        assert model.tally.daily["admissions"].sum() == 0
    else:
        assert model.tally.daily["admissions"].sum() > 0


@pytest.mark.parametrize("tiers", LACKING, ids="+".join)
def test_the_family_doctors_team_is_of_primary_care_or_none(
    tiers: tuple[str, ...], tmp_path: Path
) -> None:
    options = without(tiers, tmp_path / "region").world.options
    found = [int(options.tier[slot]) for slot in own_team_slots(options)]
    assert found == [t for t in (Tier.CLINIC, Tier.CENTRE) if t.word not in tiers]
