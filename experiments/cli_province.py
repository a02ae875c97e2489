"""The command `fenji province`; heavy imports stand inside it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from experiments.command import AsJson, app, user_errors


@app.command()
def province(
    file: Annotated[Path, typer.Argument(help="Areas and shared hospitals (YAML).")],
    out: Annotated[Path | None, typer.Option(help="Results folder; default out/<name>.")] = None,
    workers: Annotated[
        int | None, typer.Option(help="Areas under way at once; default: cores.", min=1)
    ] = None,
    scheduler: Annotated[
        str | None, typer.Option(help="Dask cluster that sees the folder, tcp://host:port.")
    ] = None,
    serial: Annotated[bool, typer.Option(help="One area after the other in this process.")] = False,
    as_json: AsJson = False,
) -> None:
    """Run several areas side by side that share hospitals, exchanging month by month."""
    with user_errors():
        from experiments.experiment import crew_of
        from experiments.province.file import read_province
        from experiments.province.leg import carry_out_leg
        from experiments.province.report import print_hospitals
        from experiments.province.run import run_province

        read = read_province(file)
        folder = out if out is not None else Path("out") / read.name
        try:
            table = run_province(
                read, folder, crew_of(scheduler, workers, serial, carry_out_leg), _say_month
            )
        except KeyboardInterrupt:
            typer.echo(f"fenji: stopped; months that ended are kept in {folder}", err=True)
            raise typer.Exit(130) from None
    if as_json:
        told = table.with_columns(table["start"].cast(str)).to_dicts()
        typer.echo(json.dumps({"hospitals": told, "folder": str(folder)}, ensure_ascii=False))
        return
    print_hospitals(table)
    typer.echo(f"Written to {folder}; each area has its own results below {folder / 'areas'}")


def _say_month(month: int, months: int) -> None:
    typer.echo(f"fenji: {month} of {months} months", err=True)
