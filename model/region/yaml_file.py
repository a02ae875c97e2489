"""YAML files of a user, checked against a schema: an error names line, key and what is allowed."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from model.mistakes import line_in, refusal
from model.region.table import read_text
from model.terms import InputError

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
        problem = getattr(error, "problem", None) or error
        raise InputError(f"not valid YAML ({problem})", file=file, row=row) from error
    stated = [name for name in schema.model_fields if name not in known]
    if not isinstance(content, dict):
        raise InputError("no keys", file=file, allowed=", ".join(stated))
    for name in known.keys() & content.keys():
        row = line_in(tree, (name,))
        raise InputError("unknown key", file=file, row=row, column=name, allowed=", ".join(stated))
    try:
        return schema.model_validate({**content, **known}), note
    except ValidationError as error:
        raise refusal(error, {**content, **known}, schema, file, hidden=tuple(known)) from error
