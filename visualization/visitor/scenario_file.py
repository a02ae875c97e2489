"""A scenario file that a visitor opens: read as data of a known form, small, and nothing else."""

from typing import Any

import yaml

from model.policies.policy import is_own
from model.scenario import Scenario, scenario_of
from model.terms import InputError

LARGEST = 100_000  # bytes


def scenario_of_upload(given: Any) -> Scenario:
    """The scenario of an opened file `{name, size, text}`; InputError says what is wrong."""
    name, text = str(given.get("name", ""))[:80], given.get("text")
    if not isinstance(text, str) or len(text.encode()) > LARGEST:
        raise InputError("too large", file=name, allowed=f"{LARGEST // 1000} kB")
    return read_text(text, name)


def read_text(text: str, name: str) -> Scenario:
    """The scenario of a file's text.

    Anchors are refused: a few lines of them can stand for more than a memory holds.
    """
    try:
        for token in yaml.scan(text):
            if isinstance(token, yaml.AliasToken | yaml.AnchorToken | yaml.TagToken):
                row = token.start_mark.line + 1
                raise InputError("anchors and tags are not read", file=name, row=row)
        content = yaml.safe_load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        row = None if mark is None else mark.line + 1
        raise InputError("not valid YAML", file=name, row=row) from error
    except InputError:
        raise
    except (RecursionError, ValueError) as error:
        raise InputError("cannot be read", file=name) from error
    if not isinstance(content, dict) or not all(isinstance(key, str) for key in content):
        raise InputError("a scenario is a mapping of keys to values", file=name)
    refuse_files(content.get("policies"), name)
    return scenario_of(content, name)


def refuse_files(policies: Any, file: str = "") -> None:
    """An error if policies, as they are written, name a file: a visitor has none on the server."""
    parts = policies if isinstance(policies, list) else [policies]
    for part in parts:
        named = str(part.get("id")) if isinstance(part, dict) else str(part)
        for one in named.split("+"):
            if is_own(one.partition(":")[0].partition("@")[0].strip()):
                raise InputError("policy", file=file or None, found=one, allowed="a shipped policy")


def scenario_text(plan: Scenario) -> str:
    """The scenario as a file, which `fenji run --scenario` and the page read."""
    content = plan.model_dump(mode="json", by_alias=True, exclude_none=True)
    return yaml.safe_dump(content, allow_unicode=True, sort_keys=False)
