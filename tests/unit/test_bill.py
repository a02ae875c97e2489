"""One bill in words: what is refused and what is printed."""

import re
from dataclasses import replace

import pytest

from model.insurance.bill import LINES, bill_text
from model.insurance.claim import Claim, settle_one
from model.insurance.rulebook import read_rulebook
from model.insurance.settlement import Settlement, YearToDate
from model.terms import InputError

NATIONAL = read_rulebook("national-2023")
STAY = Claim("RBMI", "inpatient", "tertiary", 13100)


def amounts(text: str) -> dict[str, float]:
    found = re.findall(r"  ([a-z_]+) +([\d,]+\.\d\d)", text)
    return {name: float(number.replace(",", "")) for name, number in found}


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_printed_bill_has_every_field_of_the_national_record(language: str) -> None:
    printed = amounts(bill_text(NATIONAL, STAY, language))
    assert printed == settle_one(NATIONAL, STAY)
    assert set(printed) == set(Settlement.__slots__)


def test_the_printed_bill_names_the_rules() -> None:
    text = bill_text(NATIONAL, STAY)
    assert "Residents' insurance, inpatient, tertiary hospital, in the county" in text
    assert "Rules: National frame of 2023 (national-2023), in force on 2023-01-01" in text
    assert "800.00 a stay, first stay" in text
    assert "(9,956.00 - 800.00) x 70 %; at most 120,000.00 a year" in text
    assert "Borne by the patient: 6,690.80 = 13,100.00 - 6,409.20" in text
    assert "Paid by insurance within the policy range: 64.4 %" in text  # 6,409.20 of 9,956.00
    assert "Not verified or assumed:" in text
    chinese = bill_text(NATIONAL, STAY, "zh")
    assert "（9,956.00 - 800.00） × 70%；年度限额 120,000.00" in chinese
    assert "每次住院 800.00，第一次住院" in chinese
    assert "实际支付比例：48.9%" in chinese  # 6,409.20 of 13,100.00


def test_the_printed_bill_says_what_was_taken_from_the_rate() -> None:
    """Sanming takes 20 points without referral; nationally 5 out of area if filed, 20 if not."""
    local = bill_text(read_rulebook("sanming"), STAY)
    assert "x 40 % (60 % less 20 points without referral)" in local
    assert "less" not in bill_text(read_rulebook("sanming"), replace(STAY, referred=True))
    away = replace(STAY, area="away")
    assert "x 50 % (70 % less 20 points out of area, not filed)" in bill_text(NATIONAL, away)
    filed = bill_text(NATIONAL, replace(away, filed=True), "zh")
    assert "× 65%（70%，异地降低5个百分点）" in filed


def test_the_printed_bill_shows_the_year_so_far() -> None:
    year = YearToDate.zeros(1)
    year.stays[:] = 1
    assert "400.00 a stay, second stay" in bill_text(NATIONAL, STAY, year=year)
    waived = Claim("RBMI", "outpatient", "centre", 400, contract=True)
    assert "waived by the family-doctor contract" in bill_text(read_rulebook("hangzhou"), waived)
    yearly = Claim("EBMI_ACTIVE", "outpatient", "tertiary", 100)
    assert "200.00 a year" in bill_text(NATIONAL, yearly)


def test_the_printed_bill_explains_critical_illness_and_assistance() -> None:
    poor = replace(STAY, charge=200_000, assistance="low_income")
    text = bill_text(NATIONAL, poor)
    # 200,000 x 0.8 x 0.95 = 152,000; (152,000 - 800) x 0.7 = 105,840; 46,160 are left
    assert "own payment of the year 46,160.00, beyond 7,500.00: 65 % to 75 % by bands" in text
    # (46,160 - 7,500) x 0.65 = 25,129 from the first band; 21,031 are left
    assert "21,031.00 x 70 %; at most 50,000.00 a year" in text


def test_columns_stand_below_each_other_in_chinese() -> None:
    lines = bill_text(NATIONAL, STAY, "zh").splitlines()
    widths = set()
    for name, _, _ in LINES:
        line = next(line for line in lines if f" {name} " in line)
        label = line[: line.index(name)]
        widths.add(sum(1 + (ord(letter) > 0x2E80) for letter in label))
    assert len(widths) == 1


def test_an_unclaimed_bill_says_so() -> None:
    claim = Claim("NONE", "outpatient", "clinic", 80.5, claimed=False, contract=True)
    text = bill_text(NATIONAL, claim)
    assert "not claimed: no fund pays" in text
    assert "Not verified" not in text
    assert amounts(text)["psn_cash_pay"] == 80.5


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"scheme": "NCMS"}, "unknown scheme; found 'NCMS'; allowed: EBMI_ACTIVE"),
        ({"service": "dental"}, "unknown service"),
        ({"tier": "Tertiary"}, "unknown tier.*allowed: clinic, centre"),
        ({"area": "abroad"}, "unknown area"),
        ({"assistance": "poor"}, "unknown assistance.*low_income"),
        ({"charge": -1.0}, "charge is not an amount"),
        ({"charge": float("nan")}, "charge is not an amount"),
        ({"charge": 1e12}, "charge is not an amount"),
        ({"charge": 10.001}, "charge is not an amount"),
        ({"family_account": -5.0}, "family_account is not an amount"),
    ],
)
def test_a_bill_that_cannot_be_is_refused(change: dict[str, str | float], message: str) -> None:
    fields = {"scheme": "RBMI", "service": "inpatient", "tier": "tertiary", "charge": 100.0}
    with pytest.raises(InputError, match=message):
        settle_one(NATIONAL, Claim(**(fields | change)))  # type: ignore[arg-type]
