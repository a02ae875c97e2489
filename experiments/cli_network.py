"""The command `fenji network`; heavy imports stand inside it."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

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

if TYPE_CHECKING:
    from experiments.referral_graph import Measures

SHOWN = 20  # facilities


@app.command()
def network(
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
    graphml: Annotated[
        Path | None, typer.Option(help="File; default network.graphml in the results folder.")
    ] = None,
    catchment: Annotated[
        bool, typer.Option(help="No run: only who would refer to whom, by catchment.")
    ] = False,
    bar: Annotated[
        float, typer.Option(help="Load above which a facility is full.", min=0, max=5)
    ] = 0.9,
    as_json: AsJson = False,
) -> None:
    """Export the referral network as GraphML and measure it; a finished run is only read."""
    with user_errors():
        from experiments.referral_graph import (
            catchment_graph,
            graph_of_run,
            measure,
            told,
            write_graphml,
        )
        from experiments.runner import run
        from model.scenario import region_of

        plan = plan_of(
            region, residents, days, warm_up, start, seed, rulebook, sets, scenario, policy
        )
        place = region_of(plan, plan.start + timedelta(plan.days - 1))
        if catchment:
            graph = catchment_graph(place, plan.parameters(place))
            folder = out if out is not None else Path("out")
            file = graphml or folder / f"{place.id}-catchment.graphml"
        else:
            with progress_bar(plan.warm_up + plan.days) as progress:
                done = run(plan, out, progress=progress)
            say_if_partial(done.complete, done.summary["days"], plan.days, done.folder)
            graph = graph_of_run(place, done.folder)
            file = graphml or done.folder / "network.graphml"
        measures = measure(graph, bar)
        write_graphml(graph, measures, file)
        if as_json:
            typer.echo(json.dumps(told(graph, measures, file), ensure_ascii=False))
            return
    _print(measures)
    typer.echo(f"{graph.number_of_nodes()} facilities, {graph.number_of_edges()} ways, in {file}")


def _print(measures: list[Measures]) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table("facility", "tier", "area", box=None)
    for head in ("received", "sent", "betweenness", "utilisation", "occupancy"):
        table.add_column(head, justify="right", no_wrap=True)
    for of in measures[:SHOWN]:
        loads = ("-" if load is None else f"{load:.0%}" for load in (of.utilisation, of.occupancy))
        strengths = (f"{of.in_strength:,.0f}", f"{of.out_strength:,.0f}", f"{of.betweenness:.3f}")
        table.add_row(of.name, of.tier, of.area, *strengths, *loads)
    console = Console()
    console.width = max(console.width, 110)
    console.print(table)
    narrow = [of.name for of in measures if of.bottleneck]
    console.print(f"Bottlenecks: {', '.join(narrow) or 'none'}.")
