"""The command `fenji funds`; heavy imports stand inside it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from experiments.command import (
    AsJson,
    Book,
    Days,
    File,
    Out,
    Policy,
    Region,
    Residents,
    Seed,
    Sets,
    Start,
    WarmUp,
    app,
    plan_of,
    progress_bar,
    say_if_partial,
    user_errors,
)


@app.command()
def funds(
    region: Region = "",
    residents: Residents = None,
    days: Days = None,
    warm_up: WarmUp = None,
    start: Start = None,
    seed: Seed = None,
    rulebook: Book = None,
    sets: Sets = None,
    policy: Policy = None,
    scenario: File = None,
    out: Out = None,
    lang: Annotated[str, typer.Option(help="Language of tables and picture: en or zh.")] = "en",
    as_json: AsJson = False,
) -> None:
    """Print and draw the funds' year and its projection; a finished run is only read."""
    with user_errors():
        from experiments.funds.outlook import read_outlook, told
        from experiments.funds.picture import draw
        from experiments.funds.report import LANGUAGES, print_outlook
        from experiments.runner import run
        from model.terms import InputError

        if lang not in LANGUAGES:
            raise InputError("--lang", found=lang, allowed=", ".join(LANGUAGES))
        plan = plan_of(
            region, residents, days, warm_up, start, seed, rulebook, sets, scenario, policy
        )
        with progress_bar(plan.warm_up + plan.days) as progress:
            done = run(plan, out, progress=progress)
        say_if_partial(done.complete, done.summary["days"], plan.days, done.folder)
        outlook = read_outlook(done.folder)
        picture = draw(outlook, lang)
        if as_json:
            typer.echo(json.dumps(told(outlook) | {"picture": str(picture)}, ensure_ascii=False))
        else:
            print_outlook(outlook, lang)
            _say_where(done.folder, picture)


def _say_where(folder: Path, picture: Path) -> None:
    typer.echo(f"Results in {folder}, picture in {picture}")
