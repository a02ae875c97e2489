"""The command `fenji report`; heavy imports stand inside it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from experiments.command import app, check_language, user_errors


@app.command()
def report(
    folder: Annotated[Path, typer.Argument(help="Of `fenji run`, `demo`, `compare` or `sweep`.")],
    lang: Annotated[str, typer.Option(help="Language: en or zh.")] = "en",
    out: Annotated[
        Path | None, typer.Option(help="HTML file; default report.html in the folder.")
    ] = None,
) -> None:
    """Write one document of a folder's results that can be handed over: HTML, and Markdown."""
    with user_errors():
        from experiments.html_report.document import write_report

        check_language(lang)
        html, markdown = write_report(folder, lang, out)
    typer.echo(f"Written to {html} (opens offline) and {markdown}")
