"""The commands `fenji policies` and `fenji compare`; heavy imports stand inside them."""

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
    Region,
    Residents,
    Seed,
    Sets,
    Start,
    WarmUp,
    app,
    check_language,
    plan_of,
    user_errors,
)


@app.command()
def policies(
    name: Annotated[str, typer.Argument(help="Id of one policy; default: all.")] = "",
    lang: Annotated[str, typer.Option(help="Language of titles: en or zh.")] = "en",
    as_json: AsJson = False,
) -> None:
    """List the policies with their levers, or describe one."""
    with user_errors():
        from experiments.policy_report import print_policies, print_policy
        from model.policies.policy import find_policy, shipped_policies

        check_language(lang)
        chosen = [find_policy(name)] if name else list(shipped_policies().values())
    if as_json:
        typer.echo(json.dumps([policy.model_dump() for policy in chosen], ensure_ascii=False))
    elif name:
        print_policy(chosen[0], lang)
    else:
        print_policies(chosen, lang)


@app.command()
def compare(
    region: Region,
    policy: Annotated[list[str], typer.Argument(help="id[:lever=value,...][@date], joined by +.")],
    replicates: Annotated[int, typer.Option(help="Seeds, each run with and without.", min=2)] = 5,
    residents: Residents = None,
    days: Days = None,
    warm_up: WarmUp = None,
    start: Start = None,
    seed: Seed = None,
    rulebook: Book = None,
    sets: Sets = None,
    scenario: File = None,
    out: Annotated[
        Path | None, typer.Option(help="Folder of the runs; default out/compare.")
    ] = None,
    serial: Annotated[bool, typer.Option(help="No workers: one run after the other here.")] = False,
    as_json: AsJson = False,
) -> None:
    """Compare policies with the baseline: same residents, same illnesses, same luck."""
    with user_errors():
        from experiments.experiment import crew_of
        from experiments.policy_comparison import compare_policies
        from experiments.policy_report import print_comparison
        from experiments.progress import told

        plan = plan_of(region, residents, days, warm_up, start, seed, rulebook, sets, scenario)
        folder = out if out is not None else Path("out") / "compare"
        try:
            with told() as report:
                done = compare_policies(
                    plan, policy, replicates, folder, crew_of(None, None, serial), report
                )
        except KeyboardInterrupt:
            typer.echo(f"fenji: stopped; finished runs are kept in {folder}", err=True)
            raise typer.Exit(130) from None
    if as_json:
        typer.echo(json.dumps(done.content(), ensure_ascii=False))
    else:
        print_comparison(done)
