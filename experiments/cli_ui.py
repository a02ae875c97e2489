"""The command `fenji ui`: the page, as a process of its own on this machine or for a classroom."""

from __future__ import annotations

from typing import Annotated

import typer

from experiments.command import app, check_language, user_errors


@app.command()
def ui(
    region: Annotated[
        str, typer.Argument(help="Region of the first page: shipped id or a folder.")
    ] = "tongliang",
    port: Annotated[int, typer.Option(help="Port; 0 takes a free one.", min=0, max=65535)] = 8765,
    host: Annotated[
        str, typer.Option(help="Address to listen on; 0.0.0.0 lets a classroom in.")
    ] = "127.0.0.1",
    lang: Annotated[str, typer.Option(help="First language of the page: en or zh.")] = "zh",
    password: Annotated[
        str | None,
        typer.Option(help="Opens the teacher's page; made up for a classroom if left out."),
    ] = None,
    visitors: Annotated[int, typer.Option(help="Visitors at a time.", min=1, max=500)] = 40,
    residents: Annotated[
        int, typer.Option(help="Most residents that a visitor may simulate.", min=500)
    ] = 100_000,
    open_browser: Annotated[bool, typer.Option("--open/--no-open", help="Open a browser.")] = True,
) -> None:
    """Open the page: see the model, change a policy, understand it. Ctrl-C ends it."""
    with user_errors():
        from experiments.page_server import PageServer
        from model.region.read import read_region

        check_language(lang)
        read_region(region, residents)
        server = PageServer(region, host, port, lang, password, visitors, residents)
        with server:
            for line in server.greeting():
                typer.echo(line)
            if open_browser:
                typer.launch(server.address())
            code = server.wait()
    if code:
        raise typer.Exit(code)
