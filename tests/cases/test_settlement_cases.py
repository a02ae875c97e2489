"""Settles the cases of this folder and checks the arithmetic written beside them."""

import re
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from model.insurance.claim import Claim, in_cny, settle_claim
from model.insurance.rulebook import read_rulebook, shipped_rulebooks
from model.insurance.settlement import Settlement, YearToDate

FILES = sorted(Path(__file__).parent.glob("*.yaml"))
CASES = [
    pytest.param(case, id=f"{file.stem}: {case['case']}")
    for file in FILES
    for case in yaml.safe_load(file.read_text(encoding="utf-8"))
]
EQUATION = re.compile(r"^([\d.,]+(?: [x+-] [\d.,]+)+) = (-?[\d.,]+)(?: |$)")


def sum_of(text: str) -> Decimal:
    """`a x b + c - d` in decimals, the product before the sum."""
    terms = re.split(r" (?=[+-] )", text)
    total = Decimal(0)
    for term in terms:
        sign = -1 if term.startswith("- ") else 1
        product = Decimal(1)
        for factor in term.removeprefix("- ").removeprefix("+ ").split(" x "):
            product *= Decimal(factor.replace(",", ""))
        total += sign * product
    return total.quantize(Decimal("0.01"), ROUND_HALF_UP)


@pytest.mark.parametrize("case", CASES)
def test_every_line_of_arithmetic_is_right(case: dict[str, Any]) -> None:
    for entry in case["bills"]:
        for line in entry["arithmetic"].strip().splitlines():
            equation = EQUATION.match(line)
            assert equation, f"not a sum: {line}"
            assert sum_of(equation[1]) == Decimal(equation[2].replace(",", "")), line


@pytest.mark.parametrize("case", CASES)
def test_bills_settle_as_written(case: dict[str, Any]) -> None:
    book, year = read_rulebook(case["rulebook"]), YearToDate.zeros(1)
    year.account[:] = round(case.get("account", 0) * 100)
    today = None
    for entry in case["bills"]:
        claim = Claim(**entry["bill"])
        assert claim.date is not None
        if today is not None and claim.date.year > today.year:
            year.new_year()
        today = claim.date
        settled = settle_claim(book, claim, year)
        expected = dict.fromkeys(Settlement.__slots__, 0.0) | {"medfee_sumamt": claim.charge}
        assert in_cny(settled) == expected | entry["expect"]
        year.add(book.on(today), np.array([0]), claim.bills(), settled)


def test_cases_name_clause_and_source_and_cover_every_book() -> None:
    cases = [parameter.values[0] for parameter in CASES]
    assert all(case["clause"] and case["source"] for case in cases)
    assert {case["rulebook"] for case in cases} == set(shipped_rulebooks())
    assert len(cases) >= 60
