"""`fenji settle`: the bill on paper, the same for programs, and mistakes in one line."""

import json
import re

import pytest
from typer.testing import CliRunner, Result

from experiments.cli import app

STAY = ("--scheme", "RBMI", "--service", "inpatient", "--tier", "tertiary", "--charge", "13100")


def settle(*options: str) -> Result:
    return CliRunner().invoke(app, ["settle", *STAY, *options])


def amounts(text: str) -> dict[str, float]:
    found = re.findall(r"  ([a-z_]+) +([\d,]+\.\d\d)", text)
    return {name: float(number.replace(",", "")) for name, number in found}


def told(*options: str) -> dict[str, float]:
    result = settle(*options, "--json")
    assert result.exit_code == 0
    content = json.loads(result.stdout)
    assert content.pop("rulebook") == "national-2023" or "--rulebook" in options
    assert content.pop("date") == "2023-01-01"
    return content


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_printed_bill_and_the_one_for_programs_agree(language: str) -> None:
    result = settle("--rulebook", "national-2023", "--lang", language)
    assert result.exit_code == 0
    assert amounts(result.stdout) == told()


def test_the_mean_stay_of_the_issue() -> None:
    """13,100 x 0.80 x 0.95 = 9,956; (9,956 - 800) x 0.70 = 6,409.20."""
    bill = told()
    assert bill["inscp_scp_amt"] == 9956.00
    assert bill["hifp_pay"] == bill["fund_pay_sumamt"] == 6409.20
    assert bill["psn_cash_pay"] == 6690.80


def test_every_option_reaches_the_bill() -> None:
    assert told("--area", "away")["hifp_pay"] == 4578.00  # 9,156 x 0.50
    for way in ("--referred", "--emergency", "--filed"):
        assert told("--area", "away", way)["hifp_pay"] == 5951.40  # 9,156 x 0.65
    assert told("--stays", "1")["act_pay_dedc"] == 400.00
    assert told("--assistance", "low_income")["maf_pay"] == 2482.76  # (9,956 - 6,409.20) x 0.7
    assert told("--unclaimed")["fund_pay_sumamt"] == 0
    assert told("--rulebook", "sanming")["hifp_pay"] == 3662.40  # 9,156 x (0.60 - 0.20)
    assert told("--rulebook", "sanming", "--referred")["hifp_pay"] == 5493.60
    assert json.loads(settle("--date", "2024-03-01", "--json").stdout)["date"] == "2024-03-01"


def test_accounts_pay_before_cash() -> None:
    employee = ("--scheme", "EBMI_ACTIVE", "--account", "500", "--family-account", "300.5")
    bill = told(*employee)
    assert bill["acct_pay"] == 500
    assert bill["acct_mulaid_pay"] == 300.5


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--scheme", "NCMS"), "unknown scheme; found 'NCMS'; allowed: EBMI_ACTIVE, EBMI_RETIRED"),
        (("--service", "dental"), "unknown service; found 'dental'; allowed: outpatient"),
        (("--tier", "big"), "unknown tier; found 'big'; allowed: clinic, centre"),
        (("--area", "mars"), "unknown area; found 'mars'; allowed: county, pool, away"),
        (("--assistance", "poor"), "unknown assistance; found 'poor'; allowed: none, low_income"),
        (("--charge", "-1"), "charge is not an amount; found -1.0; allowed: 0 to 20,000,000 CNY"),
        (("--charge", "1.001"), "at most two decimals"),
        (("--family-account", "-1"), "family_account is not an amount"),
        (("--account", "-1"), "--account; found -1.0; allowed: 0 to 20,000,000 CNY"),
        (("--stays", "-1"), "--stays; found -1; allowed: 0 to 100"),
        (("--rulebook", "atlantis"), "unknown rule book; found 'atlantis'; allowed: beijing"),
        (("--lang", "fr"), "--lang; found 'fr'; allowed: en, zh"),
    ],
)
def test_a_mistake_is_one_line_with_what_is_allowed(options: tuple[str, ...], message: str) -> None:
    result = settle(*options)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert result.stderr.startswith("fenji: ")
    assert len(result.stderr.splitlines()) == 1
    assert message in result.stderr
