"""What the commands of `fenji` share: the application, its options, and how it talks to people."""

from __future__ import annotations

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
def user_errors() -> Iterator[None]:
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


@contextmanager
def said_in(file: Path) -> Iterator[None]:
    """A mistake that is found later is one of this file, and names it."""
    from model.mistakes import in_file
    from model.terms import InputError

    try:
        yield
    except InputError as error:
        raise in_file(error, file) from error


def plan_of(
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
    given["set"] = {**given.get("set", {}), **dict(setting(text) for text in sets or [])}
    if policy is not None:
        from model.policies.choice import parse_package

        given["policies"] = [*given.get("policies", []), *parse_package(policy)]
    plan = make_scenario(**given)
    if plan.region == "national" and plan.residents is None:
        plan = plan.model_copy(update={"residents": 20_000})
    return plan


def _check_changes(plan: Scenario, file: Path) -> None:
    """What a scenario file names or sets wrongly is an error that names the file."""
    from model.insurance.rulebook import read_rulebook
    from model.mistakes import in_file
    from model.region.read import find_folder, list_regions
    from model.terms import InputError

    try:
        key = "region"
        if plan.region not in list_regions():
            find_folder(plan.region)
        key = "rulebook"
        read_rulebook(plan.rulebook)
    except InputError as error:
        raise in_file(error, file, (key,)) from error
    if plan.changes:
        from model.parameters import shipped_parameters
        from model.region.read import read_region

        region = read_region(plan.region, plan.residents)
        shipped_parameters().replaced(region.parameters).changed(plan.changes, file=file)


def check_language(lang: str) -> None:
    """An error unless it is a language that is spoken here."""
    from model.terms import InputError

    if lang not in ("en", "zh"):
        raise InputError("--lang", found=lang, allowed="en, zh")


def setting(text: str) -> tuple[str, float]:
    """A path and its value, of `path=value`."""
    from model.terms import InputError

    path, _, value = text.partition("=")
    try:
        return path.strip(), float(value)
    except ValueError:
        raise InputError("--set", found=text, allowed="path=number") from None


@contextmanager
def progress_bar(total: int) -> Iterator[Callable[..., None] | None]:
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


def say_if_partial(complete: bool, days: int, wanted: int, folder: Path) -> None:
    """A run that was stopped says what is kept, and ends with exit code 130."""
    if not complete:
        typer.echo(
            f"Stopped after {days} of {wanted} counted days; {folder} holds these days and is "
            "readable. Run the same command again to run it whole.",
            err=True,
        )
        raise typer.Exit(130)
