"""The command line `fenji`. Heavy imports stand inside the commands, so that help is quick."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from model.scenario import Scenario

app = typer.Typer(
    help="fenji (分级诊疗): simulate how residents choose where to seek care, and what that does "
    "to queues, beds, bills and insurance funds.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
region_app = typer.Typer(help="Check a region's files, or write a template.", no_args_is_help=True)
app.add_typer(region_app, name="region")

Region = Annotated[str, typer.Argument(help="Shipped id (national, tongliang, brook) or a folder.")]
Residents = Annotated[int | None, typer.Option(help="Residents to simulate, from 1; default: all.")]
Days = Annotated[int | None, typer.Option(help="Counted days, from 1.")]
WarmUp = Annotated[int | None, typer.Option(help="Days before the first counted day, from 0.")]
Start = Annotated[datetime | None, typer.Option(help="First counted day.", formats=["%Y-%m-%d"])]
Seed = Annotated[int | None, typer.Option(help="Seed of all draws, from 0.")]
Book = Annotated[str | None, typer.Option(help="Rule book: shipped id or a file.")]
Sets = Annotated[list[str] | None, typer.Option("--set", help="path=value, repeatable.")]
Policy = Annotated[
    str | None,
    typer.Option(help="Policies: id[:lever=value,...][@date[..date]], joined by +; see policies."),
]
File = Annotated[Path | None, typer.Option("--scenario", help="Scenario file (YAML).")]
Out = Annotated[Path | None, typer.Option(help="Results folder; default out/<region>-<hash>.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object for programs.")]


@contextmanager
def _user_errors() -> Iterator[None]:
    """A user's mistake is one line on standard error and exit code 2."""
    from model.terms import InputError

    try:
        yield
    except InputError as error:
        typer.echo(f"fenji: {' '.join(str(error).split())}", err=True)
        raise typer.Exit(2) from None
    except OSError as error:
        typer.echo(f"fenji: {error.filename or ''}: {error.strerror}", err=True)
        raise typer.Exit(2) from None


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
    with _user_errors():
        from experiments.report import print_summary
        from experiments.runner import run as run_scenario

        plan = _plan(
            region, residents, days, warm_up, start, seed, rulebook, sets, scenario, policy
        )
        with _progress(plan.warm_up + plan.days) as progress:
            done = run_scenario(plan, out, encounters=encounters, progress=progress)
    if as_json:
        typer.echo(json.dumps(done.summary, ensure_ascii=False))
    else:
        print_summary(done.summary)
        typer.echo(f"{'Read from' if done.reused else 'Written to'} {done.folder}")
    _say_if_partial(done.complete, done.summary["days"], plan.days, done.folder)


@app.command()
def demo(
    out: Out = None,
    residents: Residents = None,
    days: Days = None,
    seed: Seed = None,
) -> None:
    """Run all residents of Tongliang for a year, print the result, draw it."""
    with _user_errors():
        from experiments.picture import draw
        from experiments.report import print_comparison
        from experiments.runner import run as run_scenario

        plan = _plan("tongliang", residents, days, None, None, seed, None, None, None)
        with _progress(plan.warm_up + plan.days) as progress:
            done = run_scenario(plan, out, progress=progress)
        if done.summary["days"] == 0:  # stopped in the warm-up: there is nothing to show
            _say_if_partial(done.complete, 0, plan.days, done.folder)
        print_comparison(done.summary, done.folder)
        picture = draw(done.folder)
    typer.echo(f"Results in {done.folder}, picture in {picture}")
    _say_if_partial(done.complete, done.summary["days"], plan.days, done.folder)


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
    scenario: File = None,
) -> None:
    """Say why a resident goes where she goes: her options, term by term."""
    with _user_errors():
        from experiments.explanation import explain as explain_decision

        plan = _plan(region, residents, None, warm_up, start, seed, rulebook, sets, scenario)
        with _progress(plan.warm_up + day) as progress:
            text = explain_decision(plan, resident, day, progress)
    typer.echo(text)


@app.command()
def parameters(
    name: Annotated[str, typer.Argument(help="Part of a path; default: all.")] = "",
    region: Annotated[str | None, typer.Option(help="Region whose own values count.")] = None,
    lang: Annotated[str, typer.Option(help="Language of the labels: en or zh.")] = "en",
    as_json: AsJson = False,
) -> None:
    """List every parameter with value, unit, range, status and source."""
    with _user_errors():
        from experiments.report import print_parameters
        from model.parameters import shipped_parameters
        from model.region.read import read_region
        from model.terms import InputError

        if lang not in ("en", "zh"):
            raise InputError("--lang", found=lang, allowed="en, zh")
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
    with _user_errors():
        from model.region.check import check_region

        notes = check_region(folder)
    for note in notes:
        typer.echo(note)


@region_app.command("new")
def region_new(folder: Annotated[Path, typer.Argument(help="Folder to write.")]) -> None:
    """Write a commented template of a region."""
    with _user_errors():
        from model.region.template import new_region

        new_region(folder)
    typer.echo(f"Template in {folder}; fill it in, then: fenji region check {folder}")


def _plan(
    region: str,
    residents: int | None,
    days: int | None,
    warm_up: int | None,
    start: datetime | None,
    seed: int | None,
    rulebook: str | None,
    sets: list[str] | None,
    file: Path | None,
    policy: str | None = None,
) -> Scenario:
    """The scenario of a file, with what the command line says on top."""
    from model.scenario import make_scenario, read_scenario

    given: dict[str, Any] = {}
    if file is not None:
        read = read_scenario(file)
        _check_changes(read, file)
        given = read.model_dump(by_alias=True)
    said = {
        "region": region or None,
        "residents": residents,
        "days": days,
        "warm_up": warm_up,
        "start": None if start is None else start.date(),
        "seed": seed,
        "rulebook": rulebook,
    }
    given |= {key: value for key, value in said.items() if value is not None}
    given["set"] = {**given.get("set", {}), **dict(_setting(text) for text in sets or [])}
    if policy is not None:
        from model.policies.choice import parse_package

        given["policies"] = [*given.get("policies", []), *parse_package(policy)]
    plan = make_scenario(**given)
    if plan.region == "national" and plan.residents is None:
        plan = plan.model_copy(update={"residents": 20_000})
    return plan


def _check_changes(plan: Scenario, file: Path) -> None:
    """A wrong setting in a scenario file is an error that names the file."""
    if plan.changes:
        from model.parameters import shipped_parameters
        from model.region.read import read_region

        region = read_region(plan.region, plan.residents)
        shipped_parameters().replaced(region.parameters).changed(plan.changes, file=file)


def _setting(text: str) -> tuple[str, float]:
    from model.terms import InputError

    path, _, value = text.partition("=")
    try:
        return path.strip(), float(value)
    except ValueError:
        raise InputError("--set", found=text, allowed="path=number") from None


@contextmanager
def _progress(total: int) -> Iterator[Callable[..., None] | None]:
    """A bar with the time left on standard error, if a person looks."""
    if not sys.stderr.isatty() or total < 1:
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("building the world", total=total)
        yield lambda model, _seconds: bar.update(
            task, completed=model.day, description=f"{model.date}"
        )


def _say_if_partial(complete: bool, days: int, wanted: int, folder: Path) -> None:
    if not complete:
        typer.echo(
            f"Stopped after {days} of {wanted} counted days; {folder} holds these days and is "
            "readable. Run the same command again to run it whole.",
            err=True,
        )
        raise typer.Exit(130)


# Rooms with a command of their own; they import what stands above.
import experiments.cli_experiments  # noqa: E402
import experiments.cli_funds  # noqa: E402
import experiments.cli_policies  # noqa: E402
import experiments.cli_settle  # noqa: E402, F401
