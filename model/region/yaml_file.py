"""YAML files of a user, checked against a schema: an error names line, key and what is allowed."""

import types
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar, Union, get_args, get_origin

import yaml
from pydantic import BaseModel, ValidationError

from model.region.table import read_text
from model.terms import InputError

Keys = Sequence[int | str]
Schema = TypeVar("Schema", bound=BaseModel)


def read_checked(
    file: Path, schema: type[Schema], known: Mapping[str, Any] | None = None
) -> tuple[Schema, str | None]:
    """A file's content, and the reader's note where it was not UTF-8.

    known: fields that the file does not state. Raises InputError with the line and the key.
    """
    known = known or {}
    text, note = read_text(file)
    try:
        tree = yaml.compose(text, yaml.SafeLoader)
        content = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        row = None if mark is None else mark.line + 1
        raise InputError(f"not valid YAML ({error})", file=file, row=row) from error
    stated = [name for name in schema.model_fields if name not in known]
    if not isinstance(content, dict):
        raise InputError("no keys", file=file, allowed=", ".join(stated))
    for name in known.keys() & content.keys():
        row = _line(tree, (name,))
        raise InputError("unknown key", file=file, row=row, column=name, allowed=", ".join(stated))
    try:
        return schema.model_validate({**content, **known}), note
    except ValidationError as error:
        # an unknown key first: it is often a missing one, misspelt
        first = max(error.errors(), key=lambda one: one["type"] == "extra_forbidden")
        told = first["type"], first["msg"], first["loc"]
        raise _input_error(*told, content, tree, file, schema) from error


def line_of(file: Path, keys: Keys) -> int:
    """The line on which a key, or the row of a list, stands in a file."""
    return _line(yaml.compose(read_text(file)[0], yaml.SafeLoader), keys)


def _input_error(
    kind: str,
    message: str,
    keys: tuple[int | str, ...],
    content: Any,
    tree: Any,
    file: Path,
    schema: type[BaseModel],
) -> InputError:
    row = None if kind == "missing" and len(keys) == 1 else _line(tree, keys)
    column = ".".join(map(str, keys)) or None
    message = message.removeprefix("Value error, ")
    allowed = None
    if kind == "extra_forbidden":
        message, allowed = "unknown key", ", ".join(_known_keys(keys, schema))
    elif kind == "missing":
        message = "the key is missing"
    found = None if kind == "missing" else _at(content, keys)
    return InputError(message, file=file, row=row, column=column, found=found, allowed=allowed)


def _line(node: Any, keys: Keys) -> int:
    line: int = node.start_mark.line + 1
    for key in keys:
        if isinstance(node, yaml.MappingNode):
            child = next((pair for pair in node.value if pair[0].value == str(key)), None)
        elif isinstance(node, yaml.SequenceNode) and isinstance(key, int):
            child = (node.value[key], node.value[key])
        else:
            child = None
        if child is None:
            break
        line, node = child[0].start_mark.line + 1, child[1]
    return line


def _at(content: Any, keys: Keys) -> Any:
    for key in keys:
        try:
            content = content[key]
        except (LookupError, TypeError):  # pydantic also names the branch of a union
            break
    return content


def _known_keys(keys: Keys, section: type[BaseModel]) -> list[str]:
    for key in keys[:-1]:
        field = section.model_fields.get(str(key))
        section = section if field is None else _model_of(field.annotation) or section
    return list(section.model_fields)


def _model_of(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    if get_origin(annotation) in (Union, types.UnionType, dict, list, tuple):
        found = [_model_of(part) for part in get_args(annotation)]
        return next((part for part in found if part is not None), None)
    return None
