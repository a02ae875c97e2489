"""What a file holds between two marks, written anew by a command; all outside them is kept.

So a page can be written around its tables and have them renewed by the command that made them. The
marks of `tables` are `<!-- tables -->` and `<!-- end of tables -->`, each on a line of its own.
"""

from collections.abc import Iterable
from pathlib import Path

from model.terms import InputError


def read(file: Path) -> str:
    """The text of a file; empty if there is none."""
    return file.read_text(encoding="utf-8") if file.exists() else ""


def marks(name: str) -> tuple[str, str]:
    """The marks between which a command writes."""
    return f"<!-- {name} -->", f"<!-- end of {name} -->"


def renew(file: Path, name: str, lines: Iterable[str]) -> None:
    """Write lines between the marks, or as the whole file if it has none."""
    first, last = marks(name)
    before, begins, rest = read(file).partition(first)
    _, ends, after = rest.partition(last)
    if begins and not ends:
        raise InputError(f"{name} begin and do not end", file=file, allowed=f"{first} ... {last}")
    text = "\n".join(lines) + "\n"
    file.parent.mkdir(parents=True, exist_ok=True)
    whole = f"{before}{first}\n{text}{last}{after}" if begins else text
    file.write_text(whole, encoding="utf-8")
