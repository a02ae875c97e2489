"""The commands `fenji calibrate` and `fenji validate`; heavy imports stand inside them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

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
    WarmUp,
    app,
    plan_of,
    user_errors,
)

if TYPE_CHECKING:
    from experiments.batch import Batch

Targets = Annotated[Path | None, typer.Option(help="Targets file (CSV); default: the nation's.")]
Serial = Annotated[bool, typer.Option(help="No workers: one run after the other here.")]
VALIDATED_RESIDENTS = 200_000  # of the synthetic region
POLICY_RESIDENTS = 20_000  # of the same where differences are asked for
REPLICATES = 5
INFLUENCE = (20_000, 180, 30)  # residents, counted days, days of warm-up
INFLUENCE_RUNS = Path("out") / "influence"


@app.command()
def calibrate(
    region: Region,
    targets: Targets = None,
    dials: Annotated[Path | None, typer.Option(help="What may be moved (YAML).")] = None,
    vectors: Annotated[int, typer.Option(help="Plausible vectors wanted.", min=1)] = 12,
    response: Annotated[
        Path | None,
        typer.Option(help="response.csv of an earlier calibration, not measured again."),
    ] = None,
    residents: Residents = None,
    days: Days = None,
    warm_up: WarmUp = None,
    seed: Seed = None,
    rulebook: Book = None,
    sets: Sets = None,
    scenario: File = None,
    out: Annotated[Path | None, typer.Option(help="Default out/calibrate-<region>.")] = None,
    workers: Annotated[int | None, typer.Option(help="Worker processes.", min=1)] = None,
    serial: Serial = False,
) -> None:
    """Fit a region to published figures: a set of plausible parameter vectors, and a report."""
    with user_errors():
        from experiments.calibration import Calibration
        from experiments.calibration_files import read_response, write_files
        from experiments.fitted import read_dials
        from experiments.targets import NATION, fitted_rows, read_targets
        from model.region.read import read_region

        if region == "national":
            residents = residents or VALIDATED_RESIDENTS
        plan = plan_of(region, residents, days, warm_up, None, seed, rulebook, sets, scenario)
        rows = fitted_rows(read_targets(targets), targets)
        base = plan.parameters(read_region(plan.region, plan.residents, plan.changes))
        moved = read_dials(base, dials)
        known = None if response is None else read_response(response, rows, moved)
        folder = out if out is not None else Path("out") / f"calibrate-{Path(region).name}"
        with _batch(folder, workers, serial) as batch:
            fitting = Calibration(plan, rows, moved, batch, batch.report.say, known)
            best, kept = fitting.fit(vectors)
        write_files(folder, fitting, best, kept, targets.name if targets else f"{NATION}.csv")
    inside = sum(row.holds(value) for row, value in zip(rows, best.values, strict=True))
    typer.echo(f"{inside} of {len(rows)} rows in their band; {len(kept)} plausible vectors")
    typer.echo(f"Report, overlay.yaml, scenario.yaml and vectors.csv in {folder}")


@app.command()
def validate(
    region: Annotated[str, typer.Option(help="Shipped id or a folder.")] = "national",
    targets: Targets = None,
    vectors: Annotated[
        Path | None, typer.Option(help="vectors.csv of a calibration; default: the shipped ones.")
    ] = None,
    every: Annotated[
        bool, typer.Option("--all", help="Every vector with every seed, not a selection.")
    ] = False,
    replicates: Annotated[
        int | None, typer.Option(help="Seeds; default 5, of policies 2.", min=1)
    ] = None,
    policies: Annotated[
        list[str] | None,
        typer.Option(help="Instead: what a policy does in every vector; usual: a handful; or all."),
    ] = None,
    markdown: Annotated[
        Path | None, typer.Option(help="File for a table of what these policies do.")
    ] = None,
    residents: Residents = None,
    days: Days = None,
    warm_up: WarmUp = None,
    seed: Seed = None,
    rulebook: Book = None,
    sets: Sets = None,
    out: Annotated[Path | None, typer.Option(help="Default out/validate-<region>.")] = None,
    lang: Annotated[str, typer.Option(help="Language of the page: en or zh.")] = "en",
    workers: Annotated[int | None, typer.Option(help="Worker processes.", min=1)] = None,
    serial: Serial = False,
    as_json: AsJson = False,
) -> None:
    """Run the plausible vectors and set them beside published figures, band by band."""
    with user_errors():
        from experiments.marked import check
        from experiments.policies.survival_table import MARK, write_survival
        from experiments.results import write_json
        from experiments.survival import FILE, chosen, survival
        from experiments.targets import read_targets
        from experiments.validation import planned, vectors_of
        from experiments.validation import validate as run_validation
        from experiments.validation_page import write_page
        from experiments.validation_report import print_survival, print_validation, survival_told
        from model.region.read import read_region
        from model.wording import Words

        words, rows = Words(lang), read_targets(targets)
        if region == "national":
            residents = residents or (POLICY_RESIDENTS if policies else VALIDATED_RESIDENTS)
        plan = plan_of(region, residents, days, warm_up, None, seed, rulebook, sets, None)
        known = plan.parameters(read_region(plan.region, plan.residents, plan.changes))
        found = vectors_of(region, known, vectors)
        folder = out if out is not None else Path("out") / f"validate-{Path(region).name}"
        if policies:
            if markdown is not None:
                check(markdown, MARK)
            with _batch(folder / "vectors", workers, serial) as batch:
                survived = survival(plan, found, chosen(policies), replicates or 2, batch)
            content = survival_told(survived, plan)
            write_json(folder / FILE, content)
            if markdown is not None:
                write_survival(content, markdown, lang)
            if as_json:
                typer.echo(json.dumps(content))
            else:
                print_survival(survived)
                typer.echo(f"Written to {folder / FILE}, where `fenji report` finds it")
            return
        with _batch(folder, workers, serial) as batch:
            plans = planned(plan, found, replicates or REPLICATES, every)
            done = run_validation(rows, plans, len(found), batch)
        page = folder / "validation.html"
        write_page(done, plan.region, page, words)
    if as_json:
        typer.echo(json.dumps(done.told(), allow_nan=False))
    else:
        print_validation(done)
        typer.echo(f"Page with plots: {page}")


@contextmanager
def _batch(folder: Path, workers: int | None, serial: bool) -> Iterator[Batch]:
    """Runs of a folder; stopped by Ctrl-C, it says how to go on."""
    from experiments.batch import Batch, crew_for
    from experiments.progress import told
    from experiments.store import Store

    try:
        with told() as report, crew_for(workers, serial) as crew:
            yield Batch(Store(folder), crew, report)
    except KeyboardInterrupt:
        typer.echo(f"fenji: stopped; the same command goes on from {folder}", err=True)
        raise typer.Exit(130) from None


def write_parameter_page(page: Path | None, influence: Path | None, residents: int | None) -> None:
    """What `fenji parameters` does with --page and --influence."""
    with user_errors():
        if influence is not None:
            from experiments.influence import influence as measure
            from model.parameters import shipped_parameters

            few, days, warm_up = INFLUENCE
            plan = plan_of(
                "national", residents or few, days, warm_up, None, None, None, None, None
            )
            with _batch(INFLUENCE_RUNS, None, serial=False) as batch:
                measure(plan, shipped_parameters(), batch).write_csv(influence, float_precision=6)
            typer.echo(f"Figures in {influence}; runs are kept in {INFLUENCE_RUNS}")
        if page is not None:
            from experiments.parameter_page import write_page

            write_page(page)
            typer.echo(f"Page in {page}")
