"""The commands `fenji sweep` and `fenji results`; heavy imports stand inside them."""

from __future__ import annotations

import json
import shlex
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from experiments.command import AsJson, app, said_in, setting, user_errors

if TYPE_CHECKING:
    from experiments.engine import Tally

results_app = typer.Typer(help="Read the results of sweeps.", no_args_is_help=True)
app.add_typer(results_app, name="results")

Folder = Annotated[Path | None, typer.Argument(help="Folder of a sweep; default: below out/.")]
FolderToo = Annotated[Path | None, typer.Option("--out", help="The same as FOLDER.")]
Run = Annotated[str, typer.Argument(help="Hash, its beginning, or a run's file.")]
Indicators = Annotated[
    list[str] | None, typer.Option("--indicator", help="Id, or id.axis.key; repeatable.")
]


@app.command()
def sweep(
    design: Annotated[Path, typer.Argument(help="Design file (YAML).")],
    out: Annotated[Path | None, typer.Option(help="Results folder; default out/<name>.")] = None,
    scheduler: Annotated[
        str | None, typer.Option(help="Dask scheduler tcp://host:port; default: workers here.")
    ] = None,
    workers: Annotated[
        int | None, typer.Option(help="Local worker processes; default: one a core.", min=1)
    ] = None,
    serial: Annotated[bool, typer.Option(help="No workers: one run after the other here.")] = False,
    as_json: AsJson = False,
) -> None:
    """Run every point of a design; a sweep that was stopped goes on where it was."""
    with user_errors():
        from experiments.experiment import Experiment
        from experiments.progress import told
        from experiments.sweep import UnfinishedError

        experiment = Experiment.read(design)
        folder = experiment.folder(out)
        try:
            with said_in(design), told() as report:
                done = experiment.sweep(folder, scheduler, workers, serial, report)
        except UnfinishedError as stopped:
            again = _command(design, folder, scheduler, workers, serial)
            typer.echo(f"fenji: {stopped} in {folder}.\nTo go on: {again}", err=True)
            raise typer.Exit(stopped.code) from None
    _tell(done.tally, folder, as_json)
    if done.tally.failed:
        raise typer.Exit(1)


@results_app.command("list")
def results_list(
    folder: Folder = None,
    out: FolderToo = None,
    indicator: Indicators = None,
    as_json: AsJson = False,
) -> None:
    """List the runs of a sweep with what was varied and some indicators."""
    with user_errors():
        from experiments.experiment import read_results
        from experiments.frames import check_indicator
        from experiments.listing import print_frame, run_table
        from experiments.lookup import experiment_folder

        results = read_results(experiment_folder(folder or out))
        for name in indicator or []:
            check_indicator(name, results.measured)
        table = run_table(results, indicator or [])
        failed = results.failures.select("hash", "error")
    if as_json:
        told = {"runs": table.to_dicts(), "failures": failed.to_dicts()}
        typer.echo(json.dumps(told, ensure_ascii=False))
        return
    print_frame(table)
    if len(failed):
        print_frame(failed, f"{len(failed)} failed; `fenji results show HASH` has the traceback")
    typer.echo(f"{len(table):,} runs, {len(failed):,} failed, in {results.folder}")
    for file in results.corrupt:
        typer.echo(f"fenji: {file}; sweep again to set it aside and repeat the run", err=True)


@results_app.command("compact")
def results_compact(folder: Folder = None, out: FolderToo = None) -> None:
    """Join the runs of a sweep into two files that are quick to read."""
    with user_errors():
        from experiments.compact import compact
        from experiments.lookup import experiment_folder
        from experiments.store import COMPACT, Store

        store = Store(experiment_folder(folder or out))
        n_runs, corrupt = compact(store)
    for file in corrupt:
        typer.echo(f"fenji: {file}; passed over", err=True)
    typer.echo(f"{n_runs:,} runs in {store.folder / COMPACT}")


@results_app.command("show")
def results_show(
    run: Run, folder: Folder = None, out: FolderToo = None, as_json: AsJson = False
) -> None:
    """Show a run: what it was, what it measured, or why it failed."""
    with user_errors():
        from experiments.listing import print_run, run_as_json
        from experiments.lookup import find_run

        found = find_run(run, folder or out)
        if found.failure is not None:
            told = asdict(found.failure)
            traceback = told.pop("traceback")
            typer.echo(json.dumps(told | ({"traceback": traceback} if as_json else {})))
            if not as_json:
                typer.echo(traceback)
        elif as_json:
            typer.echo(json.dumps(run_as_json(found.content), ensure_ascii=False))
        else:
            print_run(found.content)


@results_app.command("repeat")
def results_repeat(
    run: Run, folder: Folder = None, out: FolderToo = None, as_json: AsJson = False
) -> None:
    """Repeat a run from its file alone and say whether it is identical (exit code 1 if not)."""
    with user_errors():
        from experiments.listing import print_repetition, repetition_as_json
        from experiments.lookup import find_run
        from experiments.repeat import repeat
        from model.terms import InputError

        found = find_run(run, folder or out)
        if found.failure is not None:
            raise InputError("this run failed; sweep again to repeat it", file=found.path)
        repetition = repeat(found.content)
    if as_json:
        typer.echo(json.dumps(repetition_as_json(found.path.stem, repetition)))
    else:
        print_repetition(found.path.stem, repetition)
    if not repetition.identical:
        raise typer.Exit(1)


@results_app.command("compare")
def results_compare(
    first: Annotated[str, typer.Argument(help="Point: path=value, several joined by commas.")],
    second: Annotated[str, typer.Argument(help="Point that is compared with the first.")],
    folder: Folder = None,
    out: FolderToo = None,
    indicator: Indicators = None,
    level: Annotated[float, typer.Option(help="Of the intervals.", min=0.5, max=0.999)] = 0.95,
    as_json: AsJson = False,
) -> None:
    """Compare two points of a sweep: paired differences, second minus first, with intervals."""
    with user_errors():
        from experiments.experiment import read_results
        from experiments.listing import print_frame
        from experiments.lookup import experiment_folder

        results = read_results(experiment_folder(folder or out))
        points = [dict(setting(part) for part in text.split(",")) for text in (first, second)]
        table = results.compare(points[0], points[1], indicator or [], level=level)
    if as_json:
        typer.echo(json.dumps({"level": level, "indicators": table.to_dicts()}))
    else:
        print_frame(table)


def _tell(tally: Tally, folder: Path, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps({**asdict(tally), "folder": str(folder)}))
        return
    there = tally.there + tally.elsewhere
    typer.echo(
        f"{tally.planned:,} runs: {tally.finished:,} finished now, {there:,} were there, "
        f"{tally.failed:,} failed; in {folder}\nSee them with: fenji results list {folder}"
    )


def _command(
    design: Path, folder: Path, scheduler: str | None, workers: int | None, serial: bool
) -> str:
    """What to type to go on."""
    parts = ["fenji", "sweep", str(design), "--out", str(folder)]
    parts += ["--scheduler", scheduler] if scheduler else []
    parts += ["--workers", str(workers)] if workers else []
    parts += ["--serial"] if serial else []
    return shlex.join(parts)
