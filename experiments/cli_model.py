"""The commands that run and explain the model: `run`, `demo`, `explain`, `parameters`, `region`."""

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
    check_language,
    plan_of,
    progress_bar,
    say_if_partial,
    user_errors,
)

region_app = typer.Typer(help="Check a region's files, or write a template.", no_args_is_help=True)
app.add_typer(region_app, name="region")


@app.command()
def run(
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
    encounters: Annotated[bool, typer.Option(help="Write every visit, stay and purchase.")] = False,
    as_json: AsJson = False,
) -> None:
    """Run one scenario and write its results folder."""
    with user_errors():
        from experiments.report import print_summary
        from experiments.runner import run as run_scenario

        plan = plan_of(
            region, residents, days, warm_up, start, seed, rulebook, sets, scenario, policy
        )
        with progress_bar(plan.warm_up + plan.days) as progress:
            done = run_scenario(plan, out, encounters=encounters, progress=progress)
    if as_json:
        typer.echo(json.dumps(done.summary, ensure_ascii=False))
    else:
        print_summary(done.summary)
        typer.echo(f"{'Read from' if done.reused else 'Written to'} {done.folder}")
    say_if_partial(done.complete, done.summary["days"], plan.days, done.folder)


@app.command()
def demo(
    out: Out = None,
    residents: Residents = None,
    days: Days = None,
    seed: Seed = None,
) -> None:
    """Run all residents of Tongliang for a year, print the result, draw it."""
    with user_errors():
        from experiments.picture import draw
        from experiments.report import print_comparison
        from experiments.runner import run as run_scenario

        plan = plan_of("tongliang", residents, days, None, None, seed, None, None, None)
        with progress_bar(plan.warm_up + plan.days) as progress:
            done = run_scenario(plan, out, progress=progress)
        if done.summary["days"] == 0:  # stopped in the warm-up: there is nothing to show
            say_if_partial(done.complete, 0, plan.days, done.folder)
        print_comparison(done.summary, done.folder)
        picture = draw(done.folder)
    typer.echo(f"Results in {done.folder}, picture in {picture}")
    say_if_partial(done.complete, done.summary["days"], plan.days, done.folder)


@app.command()
def explain(
    region: Region,
    resident: Annotated[int, typer.Option(help="Row of the resident, from 0.", min=0)],
    day: Annotated[
        int, typer.Option(help="Counted day, from 0; the next decision is shown.", min=0)
    ],
    residents: Residents = None,
    warm_up: WarmUp = None,
    start: Start = None,
    seed: Seed = None,
    rulebook: Book = None,
    sets: Sets = None,
    policy: Policy = None,
    scenario: File = None,
) -> None:
    """Say why a resident goes where she goes: her options, term by term."""
    with user_errors():
        from experiments.explanation import explain as explain_decision

        plan = plan_of(
            region, residents, None, warm_up, start, seed, rulebook, sets, scenario, policy
        )
        with progress_bar(plan.warm_up + day) as progress:
            text = explain_decision(plan, resident, day, progress)
    typer.echo(text)


@app.command()
def parameters(
    name: Annotated[str, typer.Argument(help="Part of a path; default: all.")] = "",
    region: Annotated[str | None, typer.Option(help="Region whose own values count.")] = None,
    lang: Annotated[str, typer.Option(help="Language of the labels: en or zh.")] = "en",
    page: Annotated[
        Path | None, typer.Option(help="Instead: write the page of all parameters (Markdown) here.")
    ] = None,
    influence: Annotated[
        Path | None,
        typer.Option(help="Instead: measure what each moves over its range, into this CSV file."),
    ] = None,
    residents: Residents = None,
    as_json: AsJson = False,
) -> None:
    """List every parameter with value, unit, range, status and source."""
    if page is not None or influence is not None:
        from experiments.cli_truth import write_parameter_page

        write_parameter_page(page, influence, residents)
        return
    with user_errors():
        from experiments.report import print_parameters
        from model.parameters import shipped_parameters
        from model.region.read import read_region

        check_language(lang)
        values = shipped_parameters()
        if region is not None:
            values = values.replaced(read_region(region).parameters)
        chosen = [leaf for path, leaf in values.items() if name in path]
        if not chosen:
            values.find(name)
    if as_json:
        typer.echo(json.dumps([leaf.model_dump() for leaf in chosen], ensure_ascii=False))
    else:
        print_parameters(chosen, lang)


@region_app.command("check")
def region_check(folder: Annotated[str, typer.Argument(help="Shipped id or folder.")]) -> None:
    """Check a region's files and say what was found."""
    with user_errors():
        from model.region.check import check_region

        notes = check_region(folder)
    for note in notes:
        typer.echo(note)


@region_app.command("new")
def region_new(folder: Annotated[Path, typer.Argument(help="Folder to write.")]) -> None:
    """Write a commented template of a region."""
    with user_errors():
        from model.region.template import new_region

        new_region(folder)
    typer.echo(f"Template in {folder}; fill it in, then: fenji region check {folder}")
