"""Rule books: what is refused, and which rules hold on which day."""

import copy
import datetime
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from model.insurance.rulebook import read_rulebook, rulebook_folder, shipped_rulebooks
from model.terms import InputError, Scheme, Service, Tier

NATIONAL = yaml.safe_load((rulebook_folder() / "national-2023.yaml").read_text(encoding="utf-8"))
Change = Callable[[dict[str, Any]], object]
STAY = Scheme.RBMI, Service.INPATIENT, Tier.TERTIARY


def write(folder: Path, change: Change) -> Path:
    book = copy.deepcopy(NATIONAL)
    change(book)
    file = folder / "mine.yaml"
    file.write_text(yaml.safe_dump(book, allow_unicode=True), encoding="utf-8")
    return file


def stay(book: dict[str, Any]) -> dict[str, Any]:
    entry: dict[str, Any] = book["RBMI"]["inpatient"][0]
    return entry


def later(book: dict[str, Any], day: str, **more: Any) -> None:
    entry = {**stay(book), "from": datetime.date.fromisoformat(day), **more}
    book["RBMI"]["inpatient"].append(entry)


def until(book: dict[str, Any], day: str, following: str | None) -> None:
    stay(book)["to"] = datetime.date.fromisoformat(day)
    if following is not None:
        later(book, following, to=None)


BAD: dict[str, tuple[Change, list[str]]] = {
    "gap": (
        lambda b: until(b, "2023-12-31", "2024-02-01"),
        ["RBMI.inpatient", "2023-01-01", "gap in dates", "2024-02-01"],
    ),
    "overlap": (
        lambda b: until(b, "2024-03-31", "2024-02-01"),
        ["RBMI.inpatient", "2023-01-01", "overlap", "2024-02-01"],
    ),
    "wrong order": (
        lambda b: later(b, "2022-02-01"),
        ["RBMI.inpatient", "2023-01-01", "overlap", "2022-02-01"],
    ),
    "ends": (
        lambda b: until(b, "2024-03-31", None),
        ["RBMI.inpatient", "2023-01-01", "gap in dates after 2024-03-31"],
    ),
    "begins late": (
        lambda b: stay(b).update({"from": datetime.date(2023, 2, 1)}),
        ["RBMI.inpatient", "2023-02-01", "gap in dates", "2023-01-01"],
    ),
    "rate above 1": (
        lambda b: stay(b)["reimbursement_rate"]["value"].update(tertiary=1.2),
        ["RBMI.inpatient.reimbursement_rate.tertiary", "2023-01-01", "1.2"],
    ),
    "rate in words": (
        lambda b: stay(b)["reimbursement_rate"]["value"].update(tertiary="0.7"),
        ["RBMI.inpatient.reimbursement_rate.tertiary", "2023-01-01", "0.7"],
    ),
    "rate with bonus above 1": (
        lambda b: b["EBMI_RETIRED"]["inpatient"][0]["retiree_bonus"].update(
            value={"every_tier": 0.10}
        ),
        ["EBMI_RETIRED.inpatient", "2023-01-01", "above 1"],
    ),
    "missing tier": (
        lambda b: stay(b)["deductible"]["value"].pop("centre"),
        ["RBMI.inpatient.deductible.centre", "2023-01-01", "missing", "secondary"],
    ),
    "unknown tier": (
        lambda b: stay(b)["deductible"]["value"].update(quaternary=1),
        ["RBMI.inpatient.deductible.quaternary", "2023-01-01", "unknown key", "tertiary"],
    ),
    "unknown scheme": (
        lambda b: b.update(NCMS={}),
        ["NCMS", "2023-01-01", "unknown key", "EBMI_ACTIVE"],
    ),
    "unknown service": (
        lambda b: b["RBMI"].update(dental=[]),
        ["RBMI.dental", "2023-01-01", "unknown key", "outpatient"],
    ),
    "missing service": (
        lambda b: b["RBMI"].pop("maternity"),
        ["RBMI.maternity", "2023-01-01", "is missing"],
    ),
    "missing statement": (
        lambda b: stay(b).pop("prior_payment"),
        ["RBMI.inpatient.prior_payment", "2023-01-01", "is missing"],
    ),
    "missing layer": (
        lambda b: b.pop("medical_assistance"),
        ["medical_assistance", "2023-01-01", "is missing"],
    ),
    "missing source": (
        lambda b: stay(b).pop("source"),
        ["RBMI.inpatient", "2023-01-01", "has no source"],
    ),
    "missing status": (
        lambda b: b["critical_illness"][0].pop("status"),
        ["critical_illness", "2023-01-01", "has no status"],
    ),
    "unknown status": (
        lambda b: stay(b).update(status="guessed"),
        ["RBMI.inpatient.status", "2023-01-01", "guessed"],
    ),
    "ceiling below the deductible": (
        lambda b: b["RBMI"]["ceiling"][0]["limit"].update(value=700),
        ["RBMI", "2023-01-01", "ceiling below the deductible", "700"],
    ),
    "cut larger than the rate": (
        lambda b: stay(b)["out_of_area_cut"]["value"].update(unfiled=0.9),
        ["RBMI.inpatient", "2023-01-01", "larger than the rate", "0.9"],
    ),
    "fractions of a fen": (
        lambda b: stay(b)["deductible"]["value"].update(centre=200.005),
        ["RBMI.inpatient.deductible", "2023-01-01", "two decimals"],
    ),
    "wrong unit": (
        lambda b: stay(b)["deductible"].update(unit="CNY/visit"),
        ["RBMI.inpatient.deductible", "2023-01-01", "unit"],
    ),
    "cap where the ceiling holds": (
        lambda b: stay(b).update(annual_cap={"unit": "CNY/year", "value": 5}),
        ["RBMI.inpatient.annual_cap", "2023-01-01", "no cap of its own"],
    ),
    "bonus for the active": (
        lambda b: b["EBMI_ACTIVE"]["inpatient"][0].update(
            retiree_bonus={"unit": "share", "value": {"every_tier": 0.01}}
        ),
        ["EBMI_ACTIVE.inpatient.retiree_bonus", "2023-01-01", "EBMI_RETIRED only"],
    ),
    "one number for all tiers": (
        lambda b: stay(b)["deductible"].update(value=5),
        ["RBMI.inpatient.deductible", "2023-01-01", "every_tier"],
    ),
    "no number for a limit": (
        lambda b: b["RBMI"]["ceiling"][0]["limit"].update(value=None),
        ["RBMI.ceiling.limit", "2023-01-01", "`none`"],
    ),
    "falling bands": (
        lambda b: b["critical_illness"][0]["bands"]["value"].reverse(),
        ["critical_illness.bands", "2023-01-01", "begin at 0 and rise"],
    ),
    "missing category": (
        lambda b: b["medical_assistance"][0]["share"]["value"].pop("low_income"),
        ["medical_assistance.share", "2023-01-01", "special_hardship"],
    ),
    "no such base": (lambda b: b.update(extends="atlantis"), ["atlantis", "national-2023"]),
    "a base that is no file": (
        lambda b: b.update(extends="a/b.yaml"),
        ["b.yaml", "cannot be read"],
    ),
    "extends itself": (lambda b: b.update(extends="./mine.yaml"), ["extends itself"]),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_rule_book_is_refused_with_file_path_and_date(name: str, tmp_path: Path) -> None:
    change, words = BAD[name]
    file = write(tmp_path, change)
    with pytest.raises(InputError) as refused:
        read_rulebook(file)
    message = str(refused.value)
    assert str(tmp_path) in message
    for word in words:
        assert word in message, message


def test_a_file_that_is_no_rule_book_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "list.yaml"
    file.write_text("- 1\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"list\.yaml: rule book"):
        read_rulebook(file)
    with pytest.raises(InputError, match="allowed: beijing"):
        read_rulebook("atlantis")


def test_rules_change_on_their_day_and_are_cut_once(tmp_path: Path) -> None:
    def change(book: dict[str, Any]) -> None:
        later(book, "2024-01-01")
        value = {**stay(book)["reimbursement_rate"]["value"], "tertiary": 0.6}
        book["RBMI"]["inpatient"][1]["reimbursement_rate"] = {"unit": "share", "value": value}

    book = read_rulebook(write(tmp_path, change))
    assert book.changes == (datetime.date(2023, 1, 1), datetime.date(2024, 1, 1))
    old, new = book.on(datetime.date(2023, 12, 31)), book.on(datetime.date(2024, 1, 1))
    assert (old.rate[STAY], new.rate[STAY]) == (0.7, 0.6)
    assert book.on(datetime.date(2030, 7, 1)) is new
    assert book.on(datetime.date(2022, 11, 2)) is old


def test_a_local_book_says_what_differs_and_inherits_the_rest(tmp_path: Path) -> None:
    text = """
id: mine
title: {en: Mine, zh: 我的}
from: 2023-01-01
extends: hainan
EBMI_ACTIVE:
  inpatient:
    - from: 2023-01-01
      status: assumed
      source: a test
      deductible: {unit: CNY/stay, value: {every_tier: 123.45}}
"""
    file = tmp_path / "mine.yaml"
    file.write_text(text, encoding="utf-8")
    day = datetime.date(2023, 6, 1)
    mine, hainan = read_rulebook(file), read_rulebook("hainan").on(day)
    rules = mine.on(day)
    assert mine.pool.value == "provincial"
    assert (rules.deductible[:2, Service.INPATIENT, :, 0] == 12345).all()
    assert (rules.deductible[:2, Service.INPATIENT, :, 1] == 6173).all()  # 61.725, half up
    assert (rules.rate == hainan.rate).all()
    assert (rules.deductible[Scheme.RBMI] == hainan.deductible[Scheme.RBMI]).all()


@pytest.mark.parametrize("name", shipped_rulebooks())
def test_shipped_books_say_where_every_statement_comes_from(name: str) -> None:
    book = read_rulebook(name)
    assert book.id == name
    for rules in book.periods:
        assert all(said.source and said.status for said in rules.statements.values())
