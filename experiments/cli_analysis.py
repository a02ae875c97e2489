"""The commands `fenji sensitivity`, `search` and `discover`; heavy imports stand inside."""

from __future__ import annotations

import json
import shlex
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from experiments.command import (
    AsJson,
    Book,
    Days,
    File,
    Policy,
    Residents,
    Seed,
    Sets,
    Start,
    WarmUp,
    app,
    plan_of,
    said_in,
    user_errors,
)

if TYPE_CHECKING:
    from experiments.designs import Design

Scheduler = Annotated[
    str | None, typer.Option(help="Dask scheduler tcp://host:port; default: workers here.")
]
Workers = Annotated[
    int | None, typer.Option(help="Local worker processes; default: one a core.", min=1)
]
Serial = Annotated[bool, typer.Option(help="No workers: one run after the other here.")]
Folder = Annotated[Path | None, typer.Option("--out", help="Results folder; default out/<name>.")]
Indicators = Annotated[
    list[str] | None, typer.Option("--indicator", help="Id, or id.axis.key; repeatable.")
]
RESIDENTS, DAYS = 20_000, 120  # of a region that is named without more


@app.command()
def sensitivity(
    target: Annotated[str, typer.Argument(help="Design file whose axes are ranges, or a region.")],
    vary: Annotated[
        list[str] | None,
        typer.Option(help="Path, group or pattern, with =low:high for a range; repeatable."),
    ] = None,
    method: Annotated[str, typer.Option(help="morris (screening) or sobol (indices).")] = "morris",
    samples: Annotated[
        int | None, typer.Option(help="Trajectories (morris, 10) or rows (sobol, 128).")
    ] = None,
    runs: Annotated[
        int | None, typer.Option(help="Instead: as many as this budget allows.")
    ] = None,
    replicates: Annotated[int | None, typer.Option(help="Seeds at each point; 2.", min=1)] = None,
    indicator: Indicators = None,
    residents: Residents = None,
    days: Days = None,
    warm_up: WarmUp = None,
    start: Start = None,
    seed: Seed = None,
    rulebook: Book = None,
    policy: Policy = None,
    sets: Sets = None,
    scenario: File = None,
    out: Folder = None,
    scheduler: Scheduler = None,
    workers: Workers = None,
    serial: Serial = False,
    as_json: AsJson = False,
) -> None:
    """Find what a result depends on: Morris screening, or Sobol indices."""
    with user_errors():
        from experiments.progress import told
        from experiments.sensitivity.picture import draw
        from experiments.sensitivity.report import content, save, show
        from experiments.sensitivity.study import Study
        from model.terms import InputError

        plain: dict[str, Any] = {"residents": residents, "days": days, "warm_up": warm_up}
        plain |= {"start": start, "seed": seed, "rulebook": rulebook, "sets": sets}
        plain |= {"file": scenario, "policy": policy}
        if Path(target).suffix in (".yaml", ".yml"):
            if any(value is not None for value in plain.values()):
                raise InputError("a design says this itself", allowed="change the design's file")
            design, spans = _designed(Path(target), vary, replicates)
            samples = samples or (design.samples if runs is None else None)
        else:
            design, spans = _named(target, method, vary, replicates, plain)
        study = Study.of(
            design, spans, method, samples=samples, runs=runs, indicators=indicator or []
        )
        folder = study.experiment.folder(out)
        with _unfinished(folder), told() as report:
            answers = study.run(folder, scheduler, workers, serial, report)
        save(study, answers, folder)
        found = content(study, answers)
        draw(found, folder)
    if as_json:
        typer.echo(json.dumps(found, ensure_ascii=False))
    else:
        show(study, answers)
        typer.echo(f"{found['runs']:,} runs; table and picture in {folder}")


@app.command()
def search(
    design: Annotated[Path, typer.Argument(help="Design file with objectives and constraints.")],
    out: Folder = None,
    scheduler: Scheduler = None,
    workers: Workers = None,
    serial: Serial = False,
    as_json: AsJson = False,
) -> None:
    """Search for the best policies under constraints; the best are run with fresh seeds."""
    with user_errors():
        from experiments.experiment import crew_of
        from experiments.progress import told
        from experiments.search.design import read_search
        from experiments.search.picture import draw
        from experiments.search.report import save, show
        from experiments.search.run import search as find
        from experiments.store import Store

        wanted = read_search(design)
        folder = out if out is not None else Path("out") / wanted.name
        with said_in(design), _unfinished(folder), told() as report:
            found = find(wanted, Store(folder), lambda: crew_of(scheduler, workers, serial), report)
        answer = save(found, folder)
        draw(answer, folder)
    if as_json:
        typer.echo(json.dumps(answer, ensure_ascii=False))
    else:
        show(answer)
        typer.echo(f"table and picture in {folder}")


@app.command()
def discover(
    folder: Annotated[Path, typer.Argument(help="Folder of a sweep, a sensitivity or a search.")],
    where: Annotated[
        str,
        typer.Option(help="What to look for: 'ID [difference|relative] < NUMBER [and ...]'."),
    ],
    at: Annotated[str, typer.Option(help="Only points with path=value, joined by commas.")] = "",
    density: Annotated[
        float | None,
        typer.Option(help="Largest box that is so dense; default: balance.", min=0, max=1),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Find where in a sweep a policy fails or succeeds: a box of what was varied (PRIM)."""
    with user_errors():
        from experiments.command import setting
        from experiments.discovery.cases import cases_of, parse_criterion
        from experiments.discovery.prim import discover as find
        from experiments.discovery.report import content, save, show
        from experiments.experiment import read_results

        terms = parse_criterion(where)
        point = dict(setting(part) for part in at.split(",") if part)
        cases = cases_of(read_results(folder), terms, point)
        found, way = find(cases.x, cases.hits, density=density)
        told = content(cases, found, way, where, point)
        save(cases, told, folder)
    if as_json:
        typer.echo(json.dumps(told, ensure_ascii=False))
    else:
        show(told)
        typer.echo(f"table and picture in {folder}")


def _designed(
    file: Path, vary: list[str] | None, replicates: int | None
) -> tuple[Design, dict[str, Any]]:
    from experiments.experiment import Experiment
    from experiments.sensitivity.factors import spans_of
    from model.terms import InputError

    design = Experiment.read(file)
    if vary:
        raise InputError("--vary", found=vary, allowed="levers and uncertainties in the design")
    spans = spans_of((design.levers, design.uncertainties))
    changes = {} if replicates is None else {"replicates": replicates}
    return design.model_copy(update=changes), spans


def _named(
    region: str,
    method: str,
    vary: list[str] | None,
    replicates: int | None,
    plain: dict[str, Any],
) -> tuple[Design, dict[str, Any]]:
    """A region with modest defaults: 20,000 residents at most, 120 days, 2 replicates."""
    from experiments.experiment import Experiment
    from experiments.sensitivity.factors import chosen_spans
    from model.region.read import read_region

    plan = plan_of(**{**plain, "region": region})
    place = read_region(plan.region, plan.residents)
    if plan.residents is None and place.population > RESIDENTS:
        plan = plan.model_copy(update={"residents": RESIDENTS})
    if plain["days"] is None and plain["file"] is None:
        plan = plan.model_copy(update={"days": DAYS})
    told = plan.model_dump(by_alias=True)
    name = f"{method}-{Path(plan.region).resolve().name}"
    design = Experiment(name=name, replicates=replicates or 2, **told)
    return design, chosen_spans(vary or [], plan.parameters(place))


@contextmanager
def _unfinished(folder: Path) -> Iterator[None]:
    """A command that ended early says what is kept and how to go on."""
    from experiments.sweep import UnfinishedError

    try:
        yield
    except UnfinishedError as stopped:
        again = shlex.join(["fenji", *sys.argv[1:]])
        typer.echo(f"fenji: {stopped} in {folder}.\nTo go on: {again}", err=True)
        raise typer.Exit(stopped.code) from None
