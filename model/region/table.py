"""CSV files of a region: cells with their line, so that a mistake can be pointed at."""

import csv
import difflib
import io
import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from model.terms import Floats, InputError, Ints

EXCEL = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")  # how .xlsx and .xls begin


def read_text(file: Path) -> tuple[str, str | None]:
    """A file's text, and a note where it was not UTF-8 but GBK (as Excel in China saves)."""
    try:
        content = file.read_bytes()
    except FileNotFoundError as error:
        raise InputError("the file is missing", file=file) from error
    except OSError as error:
        raise InputError(f"cannot be read ({error.strerror})", file=file) from error
    if content.startswith(EXCEL):
        raise InputError("is an Excel workbook", file=file, allowed="CSV; save it as CSV in Excel")
    try:
        return content.decode("utf-8-sig"), None
    except UnicodeDecodeError:
        pass
    try:
        return content.decode("gb18030"), f"{file.name} is not UTF-8; it was read as GBK (GB 18030)"
    except UnicodeDecodeError as error:
        raise InputError("unreadable characters", file=file, allowed="UTF-8 or GBK text") from error


@dataclass(frozen=True, slots=True)
class Table:
    """The cells of a CSV file by column, stripped of blanks."""

    file: Path
    rows: tuple[int, ...]  # line of each row in the file; the header is line 1
    cells: dict[str, tuple[str, ...]]
    notes: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.rows)

    def texts(self, column: str, default: Sequence[str] | None = None) -> tuple[str, ...]:
        """A column's text; an empty cell takes the default's, or is an error where none is."""
        if column not in self.cells and default is not None:
            return tuple(default)
        values = list(self.cells[column])
        for at, value in enumerate(values):
            if not value and default is None:
                raise self.error("must not be empty", at, column)
            if not value and default is not None:
                values[at] = default[at]
        return tuple(values)

    def unique(self, column: str) -> tuple[str, ...]:
        """A column in which no value appears twice."""
        values = self.texts(column)
        seen: dict[str, int] = {}
        for at, value in enumerate(values):
            if value in seen:
                raise self.error(f"the same as in row {self.rows[seen[value]]}", at, column)
            seen[value] = at
        return values

    def words(self, column: str, allowed: Collection[str]) -> tuple[str, ...]:
        """A column of words from a list."""
        values = self.texts(column)
        for at, value in enumerate(values):
            if value not in allowed:
                raise self.error(f"unknown {column}", at, column, ", ".join(allowed))
        return values

    def numbers(
        self,
        column: str,
        low: float,
        high: float,
        default: float | None = None,
        outside: str = "outside its range",
    ) -> Floats:
        """A column of finite numbers from low to high; `outside` says what others may mean."""
        if column not in self.cells and default is not None:
            return np.full(len(self), float(default))
        values = np.empty(len(self))
        allowed = f"a number from {low:g} to {high:,.0f}"
        for at, cell in enumerate(self.cells[column]):
            value = float(default) if not cell and default is not None else _number(cell)
            if value is None or not math.isfinite(value):
                raise self.error("not a number", at, column, allowed)
            if not low <= value <= high:
                raise self.error(outside, at, column, allowed)
            values[at] = value
        return values

    def integers(self, column: str, low: int, high: int, default: int | None = None) -> Ints:
        """A column of whole numbers from low to high."""
        values = self.numbers(column, low, high, default)
        for at in np.flatnonzero(values != np.floor(values))[:1]:
            raise self.error("not a whole number", int(at), column)
        return values.astype(np.int64)

    def error(self, message: str, at: int, column: str, allowed: str | None = None) -> InputError:
        """What to raise about a cell."""
        return InputError(
            message,
            file=self.file,
            row=self.rows[at],
            column=column,
            found=self.cells[column][at],
            allowed=allowed,
        )


def _number(cell: str) -> float | None:
    try:
        return None if "_" in cell else float(cell)
    except ValueError:
        return None


def read_table(file: Path, required: Sequence[str], optional: Sequence[str] = ()) -> Table:
    """The rows of a CSV file that has all required columns and none but the optional ones."""
    text, note = read_text(file)
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    rows: list[int] = []
    lines: list[list[str]] = []
    header: list[str] | None = None
    while True:
        row = reader.line_num + 1
        try:
            line = [cell.strip() for cell in next(reader)]
        except StopIteration:
            break
        except csv.Error as error:
            raise InputError(f"not valid CSV ({error})", file=file, row=row) from error
        if not any(line):
            continue
        if header is None:
            header = line
            _check_header(header, file, row, required, optional)
            continue
        if len(line) != len(header):
            raise InputError(
                "a row with too many or too few cells",
                file=file,
                row=row,
                found=len(line),
                allowed=f"{len(header)} cells, as in the header",
            )
        rows.append(row)
        lines.append(line)
    if header is None or not lines:
        raise InputError("the file has no rows", file=file, allowed="a header and at least one row")
    columns = dict(zip(header, zip(*lines, strict=True), strict=True))
    return Table(file, tuple(rows), columns, () if note is None else (note,))


def _check_header(
    header: Sequence[str], file: Path, row: int, required: Sequence[str], optional: Sequence[str]
) -> None:
    if len(header) == 1 and any(mark in header[0] for mark in ";\t，"):
        told = "the cells are not separated by commas"
        raise InputError(told, file=file, row=row, found=header[0], allowed=",".join(required))
    for at, column in enumerate(header):
        if column in header[:at]:
            raise InputError("the column appears twice", file=file, row=row, column=column)
    for column in required:
        if column not in header:
            near = difflib.get_close_matches(column, header, n=1)
            hint = f"; is it {near[0]!r}?" if near else ""
            raise InputError(
                f"the column is missing{hint}",
                file=file,
                row=row,
                column=column,
                found=", ".join(header),
                allowed=", ".join(required),
            )
    for column in header:
        if column not in required and column not in optional:
            raise InputError(
                "unknown column",
                file=file,
                row=row,
                column=column,
                allowed=", ".join([*required, *optional]),
            )
