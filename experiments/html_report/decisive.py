"""What a sensitivity analysis found, for a reader: sentences and a table an indicator."""

import json
from typing import Any

from experiments.html_report.blocks import Block, Heading, Table, Text
from experiments.html_report.policies import path_name
from experiments.html_report.study import Study
from experiments.html_report.words import DASH, Figures
from experiments.sensitivity.report import FILE

SHOWN = 12  # factors in a table
NAMED = 3  # factors in a sentence
IN_ANSWER = 3  # indicators
COLUMNS = {  # by method: what is shown, and its interval
    "morris": (("mu_star", "low", "high"),),
    "sobol": (("total", "total_low", "total_high"), ("first", "first_low", "first_high")),
}


def decisive(study: Study, figures: Figures) -> list[str]:
    """For each of the first indicators, the factors that matter most."""
    told, words = _read(study), figures.words
    comma = ", " if words.language == "en" else "、"
    sentences = []
    for name, entry in list(told["indicators"].items())[:IN_ANSWER]:
        seen = [row["path"] for row in entry["rows"] if row["beyond_noise"]]
        key = "decisive" if seen else "undecided"
        factors = comma.join(path_name(path, words) for path in seen[:NAMED])
        sentences.append(words(f"report.sentence.{key}", name=figures.label(name), factors=factors))
    return sentences


def effects(study: Study, figures: Figures) -> list[Block]:
    """A table an indicator, from what matters most to what matters least."""
    told, words = _read(study), figures.words
    method, level = told["method"], words.percent(told["level"], 0)
    lead = words(
        f"report.sensitivity.{method}",
        samples=told["samples"],
        runs=told["runs"],
        n=len(told["factors"]),
    )
    blocks: list[Block] = [Text(lead)]
    for name, entry in told["indicators"].items():
        blocks.append(Heading(figures.label(name)))
        if not entry["rows"]:
            blocks.append(Text(words("report.sensitivity.too_few"), "note"))
            continue
        columns = COLUMNS[method]
        head = [words("report.column.label"), words("report.column.parameter")]
        for value, *_ in columns:
            head += [
                words(f"report.sensitivity.{value}"),
                words("report.column.interval", level=level),
            ]
        head += [words("report.sensitivity.noise"), words("report.sensitivity.apart")]
        rows = [_row(row, columns, name, method, figures) for row in entry["rows"][:SHOWN]]
        unit = (
            figures.unit_of_change(name)
            if method == "morris"
            else words("report.sensitivity.share")
        )
        caption = words("report.caption.sensitivity", name=figures.label(name), unit=unit)
        blocks.append(Table(caption, head, rows, 2))
    return blocks


def _row(
    row: dict[str, Any],
    columns: tuple[tuple[str, str, str], ...],
    name: str,
    method: str,
    figures: Figures,
) -> list[str]:
    words = figures.words

    def number(key: str) -> str:
        if row[key] is None:
            return DASH
        if method == "sobol":
            return f"{row[key]:.2f}"
        return figures.change(name, row[key]).lstrip("+")

    cells = [path_name(row["path"], words), row["path"]]
    for value, low, high in columns:
        cells += [number(value), f"{number(low)} {words('report.to')} {number(high)}"]
    apart = {True: "yes", False: "no", None: "unknown"}[row["beyond_noise"]]
    return [*cells, number("noise"), words(f"report.sensitivity.{apart}")]


def _read(study: Study) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((study.folder / FILE).read_text(encoding="utf-8"))
    return content
