"""The parameters of travel and catchments, and those of the synthetic region."""

from dataclasses import dataclass

from model.terms import Floats


@dataclass(frozen=True, slots=True)
class RegionParameters:
    """Travel and catchments; units, ranges and sources stand in `region.yaml`."""

    detour: float
    speed_within: float
    speed_between: float
    speed_outside: float
    access_min: float
    reach_min: float
    n_nearest: Floats  # (4,) by tier
    clinic_doctors_per_1000: float


@dataclass(frozen=True, slots=True)
class NationalParameters:
    """The nation of 2023 and the plane it is laid on; details stand in `national.yaml`."""

    population_million: float
    institutions: Floats  # (4,) by tier, and so the next three
    least: Floats
    doctors_per_1000: Floats
    beds_per_1000: Floats
    clinic_kinds: Floats  # (3,) village clinics, stations, private clinics
    centre_kinds: Floats  # (3,) township centres, community centres, level-1 hospitals
    secondary_kinds: Floats  # (2,) general, maternal and child
    urban_share: float
    age_shares: Floats  # (4,) 0-14, 15-59, 60-64, 65+
    age_gradient: Floats  # (4,) sums to zero
    income_urban: float
    income_rural: float
    density: float
    urban_density: float
    county_residents: float
    core_share: float
    core_urban_share: float
    urban_tilt: float
    remote_share: float
    hamlet_residents: float
    village_radius_km: float
    hamlet_radius_km: float
    away_km: float
    away_share: Floats  # (2,) of tertiary doctors, of tertiary beds
