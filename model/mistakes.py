"""What is wrong in a file that was checked against a schema, in our own words.

Every kind of error that pydantic can raise for our schemas becomes a sentence: what is wrong, what
was found, what is allowed. Where the file is known, so are its line and the key.
"""

import difflib
import types
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Union, get_args, get_origin

import yaml
from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from model.terms import InputError

Keys = Sequence[int | str]
YAML = (".yaml", ".yml")
WRONG = "not possible here"
# kind -> what is wrong, what is allowed; fields are those of the schema's limit
KINDS: dict[str, tuple[str, str | None]] = {
    "greater_than": ("out of range", "above {gt}"),
    "greater_than_equal": ("out of range", "{ge} or more"),
    "less_than": ("out of range", "below {lt}"),
    "less_than_equal": ("out of range", "{le} or less"),
    "finite_number": ("not a finite number", "a finite number"),
    "string_too_short": ("must not be empty", "text"),
    "string_pattern_mismatch": ("not possible", None),
    "too_short": ("too few", "at least {min_length}"),
    "literal_error": ("unknown word", "{expected}"),
    "invalid_key": ("a key that is not text", "text"),
}
_TYPES: dict[
    str, tuple[str, str | None]
] = {  # of which there are several kinds each: float_type, float_parsing, ...
    "float": ("not a number", "a number"),
    "int": ("not a whole number", "a whole number"),
    "bool": ("neither true nor false", "true or false"),
    "string": ("not text", "text, a number in quotes"),
    "date": ("not a date", "YYYY-MM-DD"),
    "list": ("not a list", "a list"),
    "tuple": ("not a list", "a list"),
    "dict": ("not a mapping", "keys with values"),
    "model": ("not a mapping", "keys with values"),
}


def refusal(
    error: ValidationError,
    content: Any,
    schema: type[BaseModel],
    file: object = None,
    under: Keys = (),
    hidden: Sequence[str] = (),
) -> InputError:
    """The first mistake as an error; of a file on disk it names the line.

    content: what was checked; under: the keys below which the file has it; hidden: keys that a
    file may not state.
    """
    keys, message, found, allowed = first_mistake(error, content, schema, hidden)
    keys = (*under, *keys)
    column = ".".join(map(str, keys)) or None
    if file is None:
        message = f"{column}: {message}" if column else message
        return InputError(message, found=found, allowed=allowed, keys=keys)
    told = InputError(message, column=column, found=found, allowed=allowed, keys=keys)
    return in_file(told, file)


def first_mistake(
    error: ValidationError, content: Any, schema: type[BaseModel], hidden: Sequence[str] = ()
) -> tuple[Keys, str, Any, str | None]:
    """Keys, what is wrong, what was found, and what is allowed.

    An unknown key comes first: it is often a missing one, misspelt.
    """
    told = [(tuple(_keys(one, content)), one) for one in error.errors()]
    keys, one = max(told, key=lambda pair: pair[1]["type"] == "extra_forbidden")
    branches = [(keys, one)]
    if one["type"] != "extra_forbidden":  # of a union's branches, those that got furthest
        branches = [pair for pair in told if pair[0][: len(keys)] == keys]
        deepest = max(len(found) for found, _ in branches)
        branches = [pair for pair in branches if len(pair[0]) == deepest]
    keys, one = branches[0]
    said = dict.fromkeys(_sentence(branch, keys, schema, hidden) for _, branch in branches)
    message, allowed = next(iter(said))
    if len(said) > 1:
        message, allowed = WRONG, " or ".join(text for _, text in said if text)
    untold = one["type"] == "missing" or isinstance(one.get("ctx", {}).get("error"), InputError)
    return keys, message, None if untold else one["input"], allowed


def in_file(error: InputError, file: object, under: Keys = ()) -> InputError:
    """The error with the file, and with the line of its keys where the file is a path."""
    if error.file is not None or file is None:
        return error
    keys = (*under, *error.keys)
    return error.placed(file, row_of(file, keys) if isinstance(file, Path) else None)


def row_of(file: Path, keys: Keys) -> int | None:
    """The line of a YAML file on which a key, or the row of a list, stands; None if nowhere."""
    if file.suffix not in YAML or not file.is_file():
        return None
    content = file.read_bytes()
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("gb18030", errors="replace")
    return line_in(yaml.compose(text, yaml.SafeLoader), keys)


def line_in(tree: Any, keys: Keys) -> int | None:
    """The line in a composed tree; where the first key is not at the top, of it anywhere."""
    if not keys or tree is None:
        return None
    line, node = _child(tree, keys[0]) or next(_anywhere(tree, keys[0]), (None, None))
    for key in keys[1:]:
        below = _child(node, key)
        if below is None:
            break
        line, node = below
    return line


def _child(node: Any, key: int | str) -> tuple[int, Any] | None:
    """A key's line, and the node below it."""
    if isinstance(node, yaml.MappingNode):
        for name, value in node.value:
            if name.value == str(key):
                return name.start_mark.line + 1, value
    if isinstance(node, yaml.SequenceNode) and isinstance(key, int) and key < len(node.value):
        return node.value[key].start_mark.line + 1, node.value[key]
    return None


def _anywhere(node: Any, key: int | str) -> Iterator[tuple[int, Any]]:
    if isinstance(node, yaml.MappingNode) and isinstance(key, str):
        found = _child(node, key)
        if found is not None:
            yield found
    if isinstance(node, yaml.ScalarNode) and node.value == key:  # a path that is named as a value
        yield node.start_mark.line + 1, node
    if isinstance(node, yaml.MappingNode | yaml.SequenceNode):
        for part in node.value:
            yield from _anywhere(part[1] if isinstance(part, tuple) else part, key)


def _keys(one: ErrorDetails, content: Any) -> Iterator[int | str]:
    """Where it stands in what was written: without names of a union's branches and the like."""
    for at, key in enumerate(one["loc"]):
        rows = dict(enumerate(content)) if isinstance(content, list | tuple) else content
        if isinstance(rows, Mapping) and key in rows:
            content = rows[key]
        elif not (one["type"] == "missing" and at == len(one["loc"]) - 1):
            continue
        yield key


def _sentence(
    one: ErrorDetails, keys: Keys, schema: type[BaseModel], hidden: Sequence[str]
) -> tuple[str, str | None]:
    """What is wrong and what is allowed."""
    kind, limits = one["type"], one.get("ctx", {})
    if kind in ("value_error", "assertion_error"):
        return str(limits["error"]), None
    if kind in ("missing", "extra_forbidden"):
        known = [name for name in _fields(_section(keys[:-1], schema)) if name not in hidden]
        if kind == "missing":
            return "the key is missing", ", ".join(known)
        near = difflib.get_close_matches(str(keys[-1]), known, n=1)
        return f"unknown key{f'; did you mean {near[0]}?' if near else ''}", ", ".join(known)
    if kind == "string_pattern_mismatch":
        return "not possible", _fields(_section(keys[:-1], schema))[str(keys[-1])].description
    message, allowed = KINDS.get(kind) or _TYPES.get(kind.split("_")[0], (WRONG, None))
    if kind.startswith("model"):
        allowed = f"the keys {', '.join(_fields(_section(keys, schema)))}"
    told = {name: _plain(value) for name, value in limits.items()}
    return message, allowed and allowed.format(**told)


def _plain(limit: Any) -> str:
    if isinstance(limit, int | float):
        return f"{limit:,}" if isinstance(limit, int) else f"{limit:,g}"
    return str(limit).replace("'", "")


def _section(keys: Keys, section: type[BaseModel]) -> type[BaseModel]:
    """The schema of what stands below these keys, as far as there is one."""
    for key in keys:
        field = _fields(section).get(str(key))
        extra = section.__annotations__.get("__pydantic_extra__")
        section = _model_of(field.annotation if field else extra) or section
    return section


def _fields(section: type[BaseModel]) -> dict[str, FieldInfo]:
    return {field.alias or name: field for name, field in section.model_fields.items()}


def _model_of(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    if get_origin(annotation) in (Annotated, Union, types.UnionType, dict, list, tuple):
        found = [_model_of(part) for part in get_args(annotation)]
        return next((part for part in found if part is not None), None)
    return None
