"""Sourced, typed values: read from `data/parameters`, changed by path, bound to dataclasses.

A leaf of a parameter file is `{value, unit, low, high, source, status, label: {en, zh}}`. `value`
may be a number or a mapping of further keys (tiers, conditions, ...) to numbers, with `low` and
`high` a number for all or a mapping of the same shape; each number is a parameter of its own, with
a path such as `choice.b_time` or `queue.capacity.tertiary`.
"""

import difflib
import math
from collections.abc import Iterator, Mapping
from dataclasses import fields
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal, TypeVar, cast, get_type_hints

import numpy as np
import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from model.mistakes import first_mistake, in_file
from model.terms import InputError

Status = Literal["sourced", "unverified", "derived", "fitted", "assumed"]
Record = TypeVar("Record")
LEAF_KEYS = {"value", "unit", "low", "high", "source", "status", "label"}


class Label(BaseModel):
    """A name in both languages."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    en: str
    zh: str


class Parameter(BaseModel):
    """One number of the model with its unit, range, source and status."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    path: str
    value: float
    unit: str
    low: float
    high: float
    source: str
    status: Status
    label: Label


def data_folder() -> Path:
    """The folder of the shipped data."""
    return Path(str(files("model"))) / "data"


def read_yaml(path: Path) -> Any:
    """Content of a YAML file; an unreadable one is an error that names file and line."""
    try:
        return yaml.load(path.read_text(encoding="utf-8"), Loader=_Loader)
    except UnicodeDecodeError as error:
        raise InputError("not UTF-8 text", file=path, allowed="UTF-8") from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        row = None if mark is None else mark.line + 1
        problem = getattr(error, "problem", None) or error
        near = path.read_text(encoding="utf-8").splitlines()[max(0, (row or 0) - 2) : row]
        allowed = "a colon and a space after a key, not ：" if "：" in "".join(near) else None
        told = f"not valid YAML ({problem})"
        raise InputError(told, file=path, row=row, allowed=allowed) from error
    except OSError as error:
        raise InputError(f"cannot be read ({error.strerror})", file=path) from error


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """Leaves a date that does not exist as text, so that the schema can say where it stands."""

    def construct_yaml_timestamp(self, node: yaml.ScalarNode) -> Any:
        """A date, or the text."""
        try:
            return super().construct_yaml_timestamp(node)
        except ValueError:
            return node.value


_Loader.add_constructor("tag:yaml.org,2002:timestamp", _Loader.construct_yaml_timestamp)


class Parameters(Mapping[str, Parameter]):
    """All parameters by path; immutable, `changed` returns new ones."""

    def __init__(self, leaves: Mapping[str, Parameter]) -> None:
        self._leaves = dict(leaves)

    def __getitem__(self, path: str) -> Parameter:
        return self._leaves[path]

    def __iter__(self) -> Iterator[str]:
        return iter(self._leaves)

    def __len__(self) -> int:
        return len(self._leaves)

    def changed(self, values: Mapping[str, float], *, file: object = None) -> "Parameters":
        """These parameters with some values replaced, each checked against its range."""
        leaves = dict(self._leaves)
        for path, value in values.items():
            leaf = self.find(path, file=file)
            allowed = f"{leaf.low:g} to {leaf.high:g} {leaf.unit}"
            wrong = None
            if not isinstance(value, int | float) or not math.isfinite(value):
                wrong = "must be a number"
            elif not leaf.low <= value <= leaf.high:
                wrong = "is outside its range"
            if wrong is not None:
                told = InputError(f"{path} {wrong}", found=value, allowed=allowed, keys=(path,))
                raise in_file(told, file)
            leaves[path] = leaf.model_copy(update={"value": float(value)})
        return Parameters(leaves)

    def replaced(self, leaves: Mapping[str, Parameter]) -> "Parameters":
        """These parameters with whole leaves (value, range, source) replaced, as a region does."""
        for path in leaves:
            self.find(path)
        return Parameters({**self._leaves, **leaves})

    def find(self, path: str, *, file: object = None) -> Parameter:
        """The parameter at `path`; an unknown path is an error that suggests the nearest."""
        if path not in self._leaves:
            near = difflib.get_close_matches(path, self._leaves, n=3, cutoff=0.5)
            hint = f"did you mean {', '.join(near)}?" if near else "see `fenji parameters`"
            unknown = InputError(f"unknown parameter {path}", allowed=hint, keys=(path,))
            raise in_file(unknown, file)
        return self._leaves[path]

    def bind(self, record: type[Record], prefix: str) -> Record:
        """A dataclass filled from `prefix.<field>`: floats, or arrays of any depth of keys.

        The order of keys in the file is the order along an array's axes (tiers from clinic to
        tertiary, conditions as in `terms.Condition`). A field without a parameter and a parameter
        without a field are errors.
        """
        hints = get_type_hints(record)
        wanted = {f.name for f in fields(cast(Any, record))}
        offered = {path.split(".")[1] for path in self if path.startswith(prefix + ".")}
        if wanted != offered:
            raise InputError(f"fields of {prefix}: {sorted(wanted ^ offered)} do not match")
        return record(**{name: self._value(f"{prefix}.{name}", hints[name]) for name in wanted})

    def _value(self, path: str, kind: object) -> Any:
        if path in self._leaves:
            return self._leaves[path].value
        array = np.array(_nested(self._below(path)), dtype=np.float64)
        array.flags.writeable = False
        return array

    def _below(self, path: str) -> dict[str, Any]:
        tree: dict[str, Any] = {}
        for leaf_path, leaf in self._leaves.items():
            if leaf_path.startswith(path + "."):
                *branch, last = leaf_path[len(path) + 1 :].split(".")
                node = tree
                for key in branch:
                    node = node.setdefault(key, {})
                node[last] = leaf.value
        return tree


def _nested(tree: Any) -> Any:
    return [_nested(child) for child in tree.values()] if isinstance(tree, dict) else tree


def read_parameters(folder: Path) -> Parameters:
    """Every parameter of a folder of YAML files; the file's name is the first part of its paths."""
    leaves: dict[str, Parameter] = {}
    for file in sorted(folder.glob("*.yaml")):
        for path, entry in (read_yaml(file) or {}).items():
            for leaf in _leaves(f"{file.stem}.{path}", entry, file):
                leaves[leaf.path] = leaf
    return Parameters(leaves)


@cache
def shipped_parameters() -> Parameters:
    """The parameters that come with the package."""
    return read_parameters(data_folder() / "parameters")


def _leaves(path: str, entry: Any, file: Path) -> Iterator[Parameter]:
    if not isinstance(entry, dict) or set(entry) != LEAF_KEYS:
        raise InputError(f"{path} must have the keys {sorted(LEAF_KEYS)}", file=file, found=entry)
    shared = {key: entry[key] for key in ("unit", "source", "status", "label")}

    def walk(at: str, value: Any, low: Any, high: Any) -> Iterator[Parameter]:
        if isinstance(value, dict):
            for key, child in value.items():
                lower = low.get(key) if isinstance(low, dict) else low
                upper = high.get(key) if isinstance(high, dict) else high
                yield from walk(f"{at}.{key}", child, lower, upper)
            return
        try:
            leaf = Parameter(path=at, value=value, low=low, high=high, **shared)
        except ValidationError as error:
            told = {"path": at, "value": value, "low": low, "high": high, **shared}
            keys, message, found, allowed = first_mistake(error, told, Parameter)
            message = f"{at}, {'.'.join(map(str, keys))}: {message}"
            wrong = InputError(message, found=found, allowed=allowed, keys=at.split(".")[1:])
            raise in_file(wrong, file) from error
        if not leaf.low <= leaf.value <= leaf.high:
            raise InputError(f"{at}: value outside low..high", file=file, found=value)
        yield leaf

    yield from walk(path, entry["value"], entry["low"], entry["high"])
