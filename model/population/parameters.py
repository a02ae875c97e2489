"""The parameters of the synthesis, bound from `data/parameters/population.yaml`."""

from dataclasses import dataclass

from model.terms import Floats


@dataclass(frozen=True, slots=True)
class PopulationParameters:
    """Margins and shapes; units, ranges and sources stand in `population.yaml`.

    Tables by age have the eight groups of `ages.AGE_GROUPS`, tables by residence are urban, rural.
    """

    pyramid: Floats  # (21,) five-year groups, the last 100 and over
    male_share: float
    household_size: Floats  # (7,) one to seven and more members
    head_age: Floats  # (7,)
    head_age_sd: Floats  # (7,)
    couple_share: float
    elder_share: float
    partner_age_sd: float
    generation_gap: float
    generation_gap_sd: float
    adult_age: float
    income_sigma: Floats  # (2,) by residence
    ebmi: Floats  # (2, 8) by residence and age
    ebmi_income_slope: float
    working_age: float
    retirement_age: Floats  # (3,) women workers, women staff, men
    women_workers: float
    uninsured: Floats  # (8,)
    insured_elsewhere: float
    assistance: Floats  # (2,) by residence
    assistance_concentration: float
    hypertension: Floats  # (8,)
    diabetes: Floats  # (8,)
    other_chronic: Floats  # (8,)
    contract: Floats  # (3,) others, chronic disease, aged 65 and over
    frailty_sd: float
    trust_primary: Floats  # (2,) clinic, centre
    trust_hospital: Floats  # (2,) secondary, tertiary
    trust_sd: float
    trust_common: float
    trust_contract: float
    trust_rural: float
