"""The command `fenji bench`; heavy imports stand inside it."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from experiments.command import AsJson, Seed, Sets, app, plan_of, user_errors

if TYPE_CHECKING:
    from model.scenario import Scenario

SIZES = "10000,100000,1000000,4000000"


@app.command()
def bench(
    sizes: Annotated[str, typer.Option(help="Numbers of residents, by commas.")] = SIZES,
    days: Annotated[int, typer.Option(help="Counted days.", min=1)] = 30,
    warm_up: Annotated[int, typer.Option(help="Days before them.", min=0)] = 30,
    full: Annotated[bool, typer.Option("--full", help="A year after 60 days.")] = False,
    rounds: Annotated[int, typer.Option(help="Turns with the plain Mesa twin.", min=1)] = 5,
    twin: Annotated[int, typer.Option(help="Agents of the twin.", min=1)] = 200_000,
    kernels: Annotated[
        str | None, typer.Option(help="numpy or fast; default: fast if numba is installed.")
    ] = None,
    baseline: Annotated[
        Path | None, typer.Option(help="File of an earlier --out; default: the committed one.")
    ] = None,
    save_baseline: Annotated[
        bool, typer.Option("--save-baseline", help="Make this the committed baseline.")
    ] = False,
    seed: Seed = None,
    sets: Sets = None,
    out: Annotated[Path | None, typer.Option(help="Write the JSON object here too.")] = None,
    as_json: AsJson = False,
) -> None:
    """Measure speed and memory by size and step, in turns with a plain Mesa model."""
    with user_errors():
        from experiments import bench as bench_room
        from experiments import bench_report

        if full:
            days, warm_up = 365, 60

        def plan(residents: int, counted: int) -> Scenario:
            return plan_of("national", residents, counted, warm_up, None, seed, None, sets, None)

        before = bench_room.baselines(baseline or bench_room.BASELINE)
        measured = bench_room.bench(
            [plan(n, days) for n in _numbers(sizes)],
            plan(twin, rounds * bench_room.MODEL_DAYS),
            rounds,
            bench_room.chosen_kernels(kernels),
            lambda said: typer.echo(f"fenji: {said}", err=True),
        )
        slower = bench_room.slower(measured, before)
        told = json.dumps({**asdict(measured), "slower": slower})
        if out is not None:
            out.write_text(told + "\n", "utf-8")
        if save_baseline:
            bench_room.save_baseline(measured)
        typer.echo(told if as_json else bench_report.text(measured, slower))


def _numbers(text: str) -> list[int]:
    """Numbers of residents, of `10000,100000`."""
    from model.terms import InputError

    try:
        numbers = [int(part) for part in text.split(",")]
    except ValueError:
        numbers = []
    if not numbers or min(numbers) < 1:
        raise InputError("--sizes", found=text, allowed="whole numbers from 1, by commas")
    return numbers
