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
    """Write lines between the marks, or marks and lines into a new file."""
    check(file, name)
    first, last = marks(name)
    before, _, rest = read(file).partition(first)
    after = rest.partition(last)[2] or "\n"
    file.parent.mkdir(parents=True, exist_ok=True)
    text = "\n".join([first, *lines, last])
    file.write_text(f"{before}{text}{after}", encoding="utf-8")


def check(file: Path, name: str) -> None:
    """Raise InputError if a file with a text has no such marks: it would be lost."""
    text = read(file)
    first, last = marks(name)
    if text and last not in text.partition(first)[2]:
        raise InputError(f"no place for the {name}", file=file, allowed=f"{first} ... {last}")
