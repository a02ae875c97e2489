"""The command `fenji settle`; heavy imports stand inside it."""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from experiments.command import AsJson, app, user_errors

if TYPE_CHECKING:
    from model.insurance.settlement import YearToDate

MOST_STAYS = 100
MOST_CNY = 20_000_000


@app.command()
def settle(
    scheme: Annotated[str, typer.Option(help="EBMI_ACTIVE, EBMI_RETIRED, RBMI or NONE.")],
    service: Annotated[
        str, typer.Option(help="outpatient, chronic, inpatient, maternity or pharmacy.")
    ],
    tier: Annotated[str, typer.Option(help="clinic, centre, secondary or tertiary.")],
    charge: Annotated[float, typer.Option(help="Total charge, CNY.")],
    rulebook: Annotated[str, typer.Option(help="Shipped id or a file.")] = "national-2023",
    date: Annotated[
        datetime | None,
        typer.Option(
            help="Day of settlement; default: the rule book's first.", formats=["%Y-%m-%d"]
        ),
    ] = None,
    area: Annotated[str, typer.Option(help="Of the facility: county, pool or away.")] = "county",
    referred: Annotated[bool, typer.Option("--referred", help="With a referral.")] = False,
    emergency: Annotated[bool, typer.Option("--emergency", help="An emergency.")] = False,
    filed: Annotated[bool, typer.Option("--filed", help="Out-of-area care was filed.")] = False,
    unclaimed: Annotated[bool, typer.Option("--unclaimed", help="No claim was made.")] = False,
    assistance: Annotated[
        str, typer.Option(help="Category: none, low_income or special_hardship.")
    ] = "none",
    hypertension_diabetes: Annotated[
        bool, typer.Option("--hypertension-diabetes", help="What a chronic bill is for.")
    ] = False,
    contract: Annotated[
        bool, typer.Option("--contract", help="Signed with a family doctor.")
    ] = False,
    stays: Annotated[int, typer.Option(help="Stays earlier in the year.")] = 0,
    account: Annotated[float, typer.Option(help="Individual account holds, CNY.")] = 0,
    family_account: Annotated[float, typer.Option(help="Relatives' accounts hold, CNY.")] = 0,
    lang: Annotated[str, typer.Option(help="Language of the bill: en or zh.")] = "en",
    as_json: AsJson = False,
) -> None:
    """Settle one bill as a claims office would, line by line."""
    with user_errors():
        from model.insurance.bill import LANGUAGES, bill_text
        from model.insurance.claim import Claim, settle_one
        from model.insurance.rulebook import read_rulebook
        from model.terms import InputError

        if lang not in LANGUAGES:
            raise InputError("--lang", found=lang, allowed=", ".join(LANGUAGES))
        book, year = read_rulebook(rulebook), _year(stays, account)
        claim = Claim(
            scheme=scheme,
            service=service,
            tier=tier,
            charge=charge,
            date=None if date is None else date.date(),
            area=area,
            referred=referred,
            emergency=emergency,
            filed=filed,
            claimed=not unclaimed,
            assistance=assistance,
            hypertension_diabetes=hypertension_diabetes,
            contract=contract,
            family_account=family_account,
        )
        settled = settle_one(book, claim, year)
        if as_json:
            day = claim.date or book.changes[0]
            typer.echo(json.dumps({"rulebook": book.id, "date": str(day), **settled}))
        else:
            typer.echo(bill_text(book, claim, lang, year))


def _year(stays: int, account: float) -> YearToDate:
    """The patient's calendar year before the bill."""
    from model.insurance.claim import FEN
    from model.insurance.settlement import YearToDate
    from model.terms import InputError

    if not 0 <= stays <= MOST_STAYS:
        raise InputError("--stays", found=stays, allowed=f"0 to {MOST_STAYS}")
    if not 0 <= account <= MOST_CNY:
        raise InputError("--account", found=account, allowed=f"0 to {MOST_CNY:,} CNY")
    year = YearToDate.zeros(1)
    year.stays[:] = stays
    year.account[:] = round(account * FEN)
    return year
