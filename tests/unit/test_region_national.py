"""The synthetic nation: its totals are the nation's, its distances do not depend on its size."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.parameters import shipped_parameters
from model.region.apportion import apportion
from model.region.check import within
from model.region.options import find_options
from model.region.parameters import NationalParameters, RegionParameters
from model.region.read import read_region
from model.region.referral import referral_network, up_targets
from model.region.travel import travel_minutes
from model.terms import Area, InputError, Tier

P = shipped_parameters().bind(RegionParameters, "region")
N = shipped_parameters().bind(NationalParameters, "national")
SIZES = [1_000, 20_000, 200_000, 1_000_000]


def by_tier(facilities, values):
    return np.array([values[facilities.tier == tier].sum() for tier in Tier])


@given(st.integers(1, 3_000_000))
@settings(max_examples=25, deadline=None)
def test_totals_are_the_national_rates(residents):
    region = read_region("national", residents)
    facilities = region.facilities
    assert region.population == residents
    doctors = by_tier(facilities, facilities.doctors)
    np.testing.assert_allclose(doctors, N.doctors_per_1000 * residents / 1000, rtol=1e-12)
    beds = by_tier(facilities, facilities.beds)
    assert (np.abs(beds - N.beds_per_1000 * residents / 1000) <= 0.5 + 1e-9).all()
    settlements = region.settlements
    mean_urban = settlements.population @ settlements.urban_share / residents
    assert mean_urban == pytest.approx(N.urban_share, abs=1e-9)
    ages = settlements.population @ settlements.age_shares / residents
    np.testing.assert_allclose(ages, N.age_shares, atol=1e-9)
    np.testing.assert_allclose(settlements.age_shares.sum(axis=1), 1)
    assert (settlements.urban_share >= 0).all()
    assert (settlements.urban_share <= 1).all()
    weights = np.bincount(region.places.settlement, region.places.weight)
    np.testing.assert_allclose(weights, 1)
    assert len(set(facilities.id)) == len(facilities)


@pytest.mark.parametrize("residents", SIZES)
def test_numbers_of_facilities_and_kinds(residents):
    facilities = read_region("national", residents).facilities
    numbers = by_tier(facilities, np.ones(len(facilities)))
    rate = N.institutions / (N.population_million * 1e6)
    np.testing.assert_array_equal(numbers, np.maximum(np.rint(rate * residents), N.least))
    away = facilities.area == Area.AWAY
    assert away.sum() == 1
    assert (facilities.tier[away] == Tier.TERTIARY).all()
    assert (facilities.settlement[~away] >= 0).all()
    assert facilities.settlement[away] == -1
    if residents == 1_000_000:
        kinds, counts = np.unique(facilities.kind, return_counts=True)
        found = dict(zip(kinds.tolist(), counts.tolist(), strict=True))
        assert found["village_clinic"] == round(658 * 581_964 / 928_009)
        assert found["station"] == round(658 * 27_107 / 928_009)
        assert found["township_centre"] == round(47 * 33_753 / 66_377)
        assert found["community_centre"] == round(47 * 10_070 / 66_377)
        assert found["maternal_child"] == round(11 * 3_063 / 15_009)


@pytest.mark.parametrize("residents", SIZES)
def test_nine_in_ten_live_within_fifteen_minutes_and_all_reach_the_hospital_away(residents):
    region = read_region("national", residents)
    minutes = travel_minutes(region, P)
    assert 0.86 <= within(region, minutes, 15) <= 0.96
    away = minutes[:, region.facilities.area == Area.AWAY]
    assert away.max() < P.reach_min
    assert 120 < np.median(away) < 180
    find_options(region, minutes, up_targets(referral_network(region, minutes)), P)


def test_distances_do_not_depend_on_the_number_of_residents():
    def to_hospital(residents):
        region = read_region("national", residents)
        facilities = region.facilities
        near = (facilities.tier >= Tier.SECONDARY) & (facilities.area == Area.COUNTY)
        people = region.settlements.population[region.places.settlement] * region.places.weight
        return np.average(travel_minutes(region, P)[:, near].min(axis=1), weights=people)

    means = [to_hospital(residents) for residents in SIZES]
    assert max(means) < 1.15 * min(means)


def test_the_same_size_is_the_same_region_and_calls_itself_synthetic():
    one, other = read_region("national", 50_000), read_region("national", 50_000)
    assert one.places.lon.tobytes() == other.places.lon.tobytes()
    assert one.facilities.doctors.tobytes() == other.facilities.doctors.tobytes()
    assert one.kind == "synthetic"
    assert "synthetic" in one.name["en"]
    assert set(one.facilities.existence) == {"modelled"}
    assert read_region("national").population == 20_000


def test_overrides_shape_the_nation():
    base = read_region("national", 50_000)
    denser = read_region("national", 50_000, {"national.doctors_per_1000.centre": 1.0})
    assert by_tier(denser.facilities, denser.facilities.doctors)[Tier.CENTRE] == pytest.approx(50)
    assert denser.places.lon.tobytes() == base.places.lon.tobytes()


def test_nobody_is_an_error():
    with pytest.raises(InputError, match="at least 1"):
        read_region("national", 0)


@given(
    st.integers(0, 10_000),
    st.lists(st.floats(0, 1e6, allow_subnormal=False), min_size=1, max_size=40),
    st.integers(0, 3),
)
def test_apportion_gives_everything_within_a_unit(total, weights, least):
    weights = np.array(weights)
    if total < least * len(weights):
        with pytest.raises(ValueError, match="cannot give"):
            apportion(total, weights, least)
        return
    shares = apportion(total, weights, least)
    assert shares.sum() == total
    assert (shares >= least).all()
    if least == 0 and weights.sum() > 0:
        assert (np.abs(shares - total * weights / weights.sum()) < 1 + 1e-6).all()


@given(st.integers(1, 600_000), st.data())
@settings(max_examples=30)
def test_any_values_in_their_ranges_give_a_region(residents, data):
    leaves = [leaf for path, leaf in shipped_parameters().items() if path.startswith("national.")]
    chosen = data.draw(st.lists(st.sampled_from(leaves), max_size=12, unique_by=lambda x: x.path))
    overrides = {
        leaf.path: data.draw(
            st.sampled_from([leaf.low, leaf.high]) | st.floats(leaf.low, leaf.high)
        )
        for leaf in chosen
    }
    region = read_region("national", residents, overrides)
    assert region.population == residents
    np.testing.assert_allclose(np.bincount(region.places.settlement, region.places.weight), 1)
    assert (region.settlements.age_shares >= 0).all()
    np.testing.assert_allclose(region.settlements.age_shares.sum(axis=1), 1)
    assert np.isfinite(travel_minutes(region, P)).all()
