"""Rule books: dated benefit rules, read from YAML, checked, and cut into periods."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from model.insurance.assembly import INSURED, Assembly
from model.insurance.rules import Rules
from model.insurance.schema import BookFile, Entry, Pool, Said, SchemeSection
from model.mistakes import Keys, first_mistake, in_file
from model.parameters import Label, data_folder, read_yaml
from model.terms import InputError, Scheme

LAYERS = ("critical_illness", "catastrophic_subsidy", "medical_assistance", "individual_account")
Chain = list[tuple[BookFile, Path]]  # from the book that extends nothing to the one asked for
Dated = tuple[str, Sequence[Entry]]


@dataclass(frozen=True)
class RuleBook:
    """A rule book, cut into periods in which nothing changes."""

    id: str
    title: Label
    file: Path
    pool: Pool
    changes: tuple[date, ...]  # first days of the periods, rising
    periods: tuple[Rules, ...]

    def on(self, day: date) -> Rules:
        """The rules in force on a day; before the book begins, those of its first day."""
        return self.periods[max(bisect_right(self.changes, day) - 1, 0)]


def rulebook_folder() -> Path:
    """The folder of the rule books that come with the package."""
    return data_folder() / "rulebooks"


def shipped_rulebooks() -> list[str]:
    """Ids of the rule books that come with the package."""
    return sorted(file.stem for file in rulebook_folder().glob("*.yaml"))


def read_rulebook(name_or_path: str | Path) -> RuleBook:
    """A shipped rule book by id, or one in a file; InputError names file, path and date."""
    chain = _read_chain(_locate(name_or_path, None))
    book, file = chain[-1]
    for part, part_file in chain:
        for path, entries in _lists(part):
            _check_dates(path, entries, part.from_, part_file)
    changes = _changes(chain)
    periods = tuple(
        Assembly(_statements(chain, day), book.id, day, file).rules() for day in changes
    )
    pool = next((part.pool for part, _ in reversed(chain) if part.pool is not None), None)
    if pool is None:
        raise InputError("pool is missing", file=file, allowed="county, municipal or provincial")
    return RuleBook(book.id, book.title, file, pool, changes, periods)


def statements_on(name_or_path: str | Path, day: date) -> dict[str, Said]:
    """Every statement in force on a day by its path, with unit, source and status."""
    return _statements(_read_chain(_locate(name_or_path, None)), day)


def _locate(name: str | Path, relative_to: Path | None) -> Path:
    text = str(name)
    if text.endswith((".yaml", ".yml")) or "/" in text:
        return Path(text) if relative_to is None else relative_to.parent / text
    if text not in shipped_rulebooks():
        allowed = f"{', '.join(shipped_rulebooks())}, or a .yaml file"
        raise InputError("unknown rule book", file=relative_to, found=text, allowed=allowed)
    return rulebook_folder() / f"{text}.yaml"


def _read_chain(file: Path) -> Chain:
    chain: Chain = []
    while True:
        book = _read_file(file)
        if any(file.resolve() == seen.resolve() for _, seen in chain):
            raise InputError("a rule book extends itself", file=file, found=book.extends)
        chain.insert(0, (book, file))
        if book.extends is None:
            return chain
        file = _locate(book.extends, file)


def _read_file(file: Path) -> BookFile:
    raw = read_yaml(file)
    try:
        return BookFile.model_validate(raw)
    except ValidationError as error:
        keys, message, found, allowed = first_mistake(error, raw, BookFile)
        path, day = _place(raw, keys)
        told = InputError(f"{path}{day}: {message}", found=found, allowed=allowed, keys=keys)
        raise in_file(told, file) from error


def _place(raw: Any, location: Keys) -> tuple[str, str]:
    """The dotted path of an error, and the date of the entry around it."""
    at = raw
    day = f" (from {raw['from']})" if isinstance(raw, dict) and "from" in raw else ""
    for key in location:
        at = _below(at, key)
        if isinstance(key, int) and isinstance(at, dict) and "from" in at:
            day = f" (from {at['from']})"
    words = [str(key) for key in location if not isinstance(key, int)]
    words = [word for word in words if word != "value"]
    return ".".join(words) or "rule book", day


def _below(at: Any, key: int | str) -> Any:
    if isinstance(at, dict):
        return at.get(key)
    return at[key] if isinstance(at, list) and isinstance(key, int) else None


def _lists(book: BookFile) -> Iterator[Dated]:
    """Every dated list of a book with its path."""
    for scheme in INSURED:
        section = getattr(book, scheme.word)
        for name in SchemeSection.model_fields:
            yield f"{scheme.word}.{name}", getattr(section, name)
    for name in LAYERS:
        yield name, getattr(book, name)


def _check_dates(path: str, entries: Sequence[Entry], start: date, file: Path) -> None:
    """A list begins with its book, never overlaps, never leaves a day out and stays open."""
    for i, entry in enumerate(entries):
        at = f"{path} (from {entry.from_})"
        if i == 0 and entry.from_ > start:
            raise InputError(f"{at}: gap in dates, the book begins on {start}", file=file)
        if i + 1 == len(entries):
            if entry.to is not None:
                raise InputError(f"{at}: gap in dates after {entry.to}", file=file)
            continue
        following = entries[i + 1].from_
        last = following - timedelta(days=1) if entry.to is None else entry.to
        if following <= entry.from_ or last >= following:
            raise InputError(f"{at}: dates overlap with the entry from {following}", file=file)
        if last + timedelta(days=1) < following:
            raise InputError(f"{at}: gap in dates from {last} to {following}", file=file)
    for entry in entries:
        _check_sources(f"{path} (from {entry.from_})", entry, file)


def _check_sources(path: str, entry: Entry, file: Path) -> None:
    for name, said in entry.statements().items():
        for key in ("source", "status"):
            if getattr(said, key) is None:
                raise InputError(f"{path}: {name} has no {key}", file=file)


def _changes(chain: Chain) -> tuple[date, ...]:
    start = chain[-1][0].from_
    days = {e.from_ for book, _ in chain for _, entries in _lists(book) for e in entries}
    return tuple(sorted({start} | {day for day in days if day > start}))


def _statements(chain: Chain, day: date) -> dict[str, Said]:
    """What holds on a day: a book over the one that it extends, the retired over the active."""
    said: dict[str, Said] = {}
    for book, _ in chain:
        in_force = {path: _in_force(entries, day) for path, entries in _lists(book)}
        for path, entry in in_force.items():
            if entry is None:
                continue
            for name, statement in entry.statements().items():
                said[f"{path}.{name}"] = statement
                if path.startswith(Scheme.EBMI_ACTIVE.word):
                    retired = path.replace(Scheme.EBMI_ACTIVE.word, Scheme.EBMI_RETIRED.word)
                    said[f"{retired}.{name}"] = statement
    return said


def _in_force(entries: Sequence[Entry], day: date) -> Entry | None:
    return next((entry for entry in reversed(entries) if entry.from_ <= day), None)
