"""Options of places and the referral network: complete, sorted, closed under referral."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.parameters import shipped_parameters
from model.region.options import find_options
from model.region.parameters import RegionParameters
from model.region.read import read_region
from model.region.referral import home_centre, referral_network, up_targets
from model.region.travel import travel_minutes
from model.terms import Area, InputError, Tier

P = shipped_parameters().bind(RegionParameters, "region")
REGIONS = {
    "tongliang": read_region("tongliang"),
    "brook": read_region("brook"),
    "national": read_region("national", 60_000),
}


def options_of(region, p=P):
    minutes = travel_minutes(region, p)
    up = up_targets(referral_network(region, minutes))
    return find_options(region, minutes, up, p), minutes, up


def by_hand(region, minutes, up, p, place):
    """The set of options of one place, straight from the definition."""
    tier, area = region.facilities.tier, region.facilities.area
    order = sorted(range(len(tier)), key=lambda row: (minutes[place, row], row))
    order = [row for row in order if minutes[place, row] <= p.reach_min]
    chosen = set()
    for level in Tier:
        mine = [row for row in order if tier[row] == level]
        chosen |= set(mine[: int(p.n_nearest[level])])
        if level >= Tier.SECONDARY:
            chosen |= set([row for row in mine if area[row] != Area.AWAY][:1])
    while True:
        more = {int(up[row]) for row in chosen} - {-1} - chosen
        if not more:
            return chosen
        chosen |= more


@pytest.mark.parametrize("name", REGIONS)
@pytest.mark.parametrize("reach", [240.0, 60.0])
def test_options_are_those_of_the_definition(name, reach):
    p = replace(P, reach_min=reach)
    options, minutes, up = options_of(REGIONS[name], p)
    for place in range(len(minutes)):
        found = options.facility[place][options.facility[place] >= 0]
        assert len(set(found)) == len(found)
        assert set(found.tolist()) == by_hand(REGIONS[name], minutes, up, p, place)


@pytest.mark.parametrize("name", REGIONS)
def test_slots_are_grouped_by_tier_and_sorted_by_minutes_then_row(name):
    region = REGIONS[name]
    options, minutes, _ = options_of(region)
    assert options.slots[0].start == 0
    assert options.slots[-1].stop == options.facility.shape[1] == len(options.tier)
    for level, slot in zip(Tier, options.slots, strict=True):
        assert (options.tier[slot] == level).all()
        facility, time = options.facility[:, slot], options.minutes[:, slot]
        used = facility >= 0
        assert (region.facilities.tier[facility[used]] == level).all()
        assert np.isinf(time[~used]).all()
        place = np.nonzero(used)[0]
        assert (time[used] == minutes[place, facility[used]]).all()
        for row_facility, row_time in zip(facility.tolist(), time.tolist(), strict=True):
            key = [
                (t, f if f >= 0 else np.inf) for f, t in zip(row_facility, row_time, strict=True)
            ]
            assert key == sorted(key)


@pytest.mark.parametrize("name", REGIONS)
def test_every_referral_target_is_an_option_too(name):
    options, _, up = options_of(REGIONS[name])
    for row in options.facility:
        chosen = set(row[row >= 0].tolist())
        assert {int(up[facility]) for facility in chosen} - {-1} <= chosen


@given(st.lists(st.integers(1, 6), min_size=4, max_size=4), st.floats(20, 400))
@settings(max_examples=25, deadline=None)
def test_any_numbers_and_reach_agree_with_the_definition(n, reach):
    p = replace(P, n_nearest=np.array(n, dtype=float), reach_min=reach)
    region = REGIONS["national"]
    options, minutes, up = options_of(region, p)
    for place in range(0, len(minutes), 7):
        found = set(options.facility[place].tolist()) - {-1}
        assert found == by_hand(region, minutes, up, p, place)


def test_equal_minutes_are_ordered_by_row_and_arrays_are_read_only():
    region = REGIONS["brook"]
    minutes = np.full((6, len(region.facilities)), 30, dtype=np.float32)
    options = find_options(region, minutes, np.full(len(region.facilities), -1, np.int32), P)
    assert options.facility[0].tolist() == [0, 1, 2, 7, 8, 9, 10, 11]
    with pytest.raises(ValueError, match="read-only"):
        options.facility[0, 0] = 1


def test_a_place_with_nothing_in_reach_names_its_settlement():
    region = read_region("brook")
    p = replace(P, reach_min=30.0, access_min=31.0)
    with pytest.raises(InputError, match=r"settlements.csv, row 2, column id: Mill Town .*'mill'"):
        options_of(region, p)


def test_a_target_beyond_reach_counts_but_not_one_without_a_road():
    region = REGIONS["brook"]
    minutes = travel_minutes(region, P).copy()
    up = up_targets(referral_network(region, minutes))
    hospital = region.facilities.id.index("hospital-mill")
    minutes[3, hospital] = 500
    assert hospital in find_options(region, minutes, up, P).facility[3]
    minutes[3, hospital] = np.inf
    assert hospital not in find_options(region, minutes, up, P).facility[3]


def test_catchments_of_brook_by_hand():
    region = REGIONS["brook"]
    ids = region.facilities.id
    network = referral_network(region, travel_minutes(region, P))
    up = {ids[a]: ids[b] for a, b, kind in network.edges(data="kind") if kind == "up"}
    assert up == {
        "clinic-mill": "centre-mill",
        "clinic-market": "centre-mill",
        "clinic-westfield": "centre-mill",
        "clinic-bridge": "centre-mill",
        "clinic-ferry": "centre-easthill",
        "clinic-easthill": "centre-easthill",
        "clinic-southwood": "centre-easthill",
        "centre-mill": "hospital-mill",
        "centre-easthill": "hospital-mill",
        "hospital-mill": "hospital-pool",
    }
    assert network.nodes[7] == {"id": "centre-mill", "tier": Tier.CENTRE}


def test_clinics_refer_to_their_own_centre_and_hospitals_stay_near():
    region = REGIONS["tongliang"]
    facilities = region.facilities
    up = up_targets(referral_network(region, travel_minutes(region, P)))
    clinics = np.flatnonzero(facilities.tier == Tier.CLINIC)
    assert (facilities.settlement[up[clinics]] == facilities.settlement[clinics]).all()
    centres = up[facilities.tier == Tier.CENTRE]
    assert {facilities.id[row] for row in centres} == {"S1"}
    secondary = up[facilities.tier == Tier.SECONDARY]
    assert (facilities.area[secondary] == Area.POOL).all()
    assert (up[facilities.tier == Tier.TERTIARY] == -1).all()


def test_tertiary_targets_are_in_the_county_before_pool_before_away():
    region = REGIONS["brook"]
    far = region.facilities.id.index("hospital-far")
    area = region.facilities.area.copy()
    area[far] = Area.COUNTY
    moved = replace(region, facilities=replace(region.facilities, area=area))
    up = up_targets(referral_network(moved, travel_minutes(moved, P)))
    assert up[region.facilities.id.index("hospital-mill")] == far


def test_without_centres_clinics_refer_to_the_hospital():
    region = REGIONS["brook"]
    tier = region.facilities.tier.copy()
    tier[tier == Tier.CENTRE] = Tier.CLINIC
    flat = replace(region, facilities=replace(region.facilities, tier=tier))
    options, _, up = options_of(flat)
    hospital = region.facilities.id.index("hospital-mill")
    assert (up[tier == Tier.CLINIC] == hospital).all()
    assert (home_centre(options) == -1).all()


def test_home_centre_is_the_nearest():
    region = REGIONS["tongliang"]
    options, minutes, _ = options_of(region)
    centres = np.flatnonzero(region.facilities.tier == Tier.CENTRE)
    nearest = centres[minutes[:, centres].argmin(axis=1)]
    np.testing.assert_array_equal(home_centre(options), nearest)
