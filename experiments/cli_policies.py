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
        from experiments.policies.report import print_policies, print_policy
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
    policy: Annotated[
        list[str] | None, typer.Argument(help="id[:lever=value,...][@date], joined by +.")
    ] = None,
    every: Annotated[
        bool, typer.Option("--all", help="Every shipped policy at its default levers, too.")
    ] = False,
    steps: Annotated[
        bool, typer.Option(help="Tell apart what each policy of a package adds; runs all subsets.")
    ] = False,
    markdown: Annotated[
        Path | None,
        typer.Option(help="File for tables of all policies by indicators; a page keeps its text."),
    ] = None,
    lang: Annotated[str, typer.Option(help="Language of the tables: en or zh.")] = "en",
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
    """Compare policies with the baseline: same residents, same illnesses, same luck.

    Finished runs stay in the folder; the same command again goes on where it was stopped.
    """
    with user_errors():
        from experiments.experiment import crew_of
        from experiments.marked import check
        from experiments.policies.comparison import compare_policies
        from experiments.policies.report import print_comparison
        from experiments.policies.steps_report import print_steps
        from experiments.policies.table import MARK, write_table
        from experiments.progress import told
        from model.policies.policy import shipped_policies
        from model.terms import InputError

        check_language(lang)
        packages = [*(policy or []), *(shipped_policies() if every else [])]
        if not packages:
            raise InputError("no policy to compare", allowed="a policy, or --all")
        if markdown is not None:
            check(markdown, MARK)
        plan = plan_of(region, residents, days, warm_up, start, seed, rulebook, sets, scenario)
        folder = out if out is not None else Path("out") / "compare"
        try:
            with told() as report:
                done = compare_policies(
                    plan, packages, replicates, folder, crew_of(None, None, serial), report, steps
                )
        except KeyboardInterrupt:
            typer.echo(f"fenji: stopped; finished runs are kept in {folder}", err=True)
            raise typer.Exit(130) from None
        if markdown is not None:
            write_table(done, plan, markdown, lang)
    if as_json:
        typer.echo(json.dumps(done.content(), ensure_ascii=False))
    else:
        print_comparison(done)
        for package, apart in done.steps.items():
            print_steps(package, apart)
