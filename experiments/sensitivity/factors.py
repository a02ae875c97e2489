"""Which parameters and levers a sensitivity analysis varies, and over which ranges."""

import difflib
from collections.abc import Iterable, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any

from experiments.designs import Span
from experiments.levers import POLICY
from model.parameters import Parameters
from model.policies.policy import shipped_policies
from model.terms import InputError

USUAL = (
    "choice.b_trust",
    "choice.b_quality",
    "choice.b_scope",
    "choice.b_time",
    "choice.b_price",
    "choice.b_wait",
    "choice.b_doctor",
    "choice.b_habit",
    "choice.price_scale",
    "choice.inclusive",
    "choice.within_tier",
    "choice.seek_severity",
    "choice.seek_price",
    "illness.worsening",
    "illness.control_lost",
    "treatment.success",
    "treatment.crowding",
    "treatment.retry",
    "queue.capacity.centre",
    "queue.capacity.tertiary",
    "queue.give_up",
    "referral.follow",
    "referral.back_after_stay",
    "admission.accept_price",
    "admission.site_time",
    "trust.loss.clinic",
    "trust.word_of_mouth",
    "charges.severity",
    "charges.claimed.RBMI.clinic",
    "region.detour",
)


def chosen_spans(asked: Iterable[str], parameters: Parameters) -> dict[str, Span]:
    """Paths with ranges, of texts `PATTERN[=low:high]`; none asked for: the usual thirty.

    A pattern is a path, the beginning of paths (`choice`, `policy.gatekeeping`), or has wildcards
    (`choice.b_*`). What has no range to vary over is passed over, unless it is named in full.
    """
    known = _known(parameters)
    spans: dict[str, Span] = {}
    for text in list(asked) or USUAL:
        pattern, _, ends = text.partition("=")
        span = _span(text, ends)
        for path in _matching(pattern.strip(), known):
            if path in spans:
                raise InputError("is chosen twice", found=path, allowed="each path once")
            spans[path] = span
    return spans


def _known(parameters: Parameters) -> dict[str, bool]:
    """Every path, and whether there is a range to vary over."""
    known = {path: leaf.low < leaf.high for path, leaf in parameters.items()}
    for name, policy in shipped_policies().items():
        for lever, told in policy.levers.items():
            known[f"{POLICY}{name}.{lever}"] = told.low < told.high
    return known


def _matching(pattern: str, known: Mapping[str, bool]) -> Sequence[str]:
    if pattern in known:
        return [pattern]
    found = [
        path
        for path, varies in known.items()
        if varies and (path.startswith(pattern + ".") or fnmatchcase(path, pattern))
    ]
    if not found:
        near = difflib.get_close_matches(pattern, known, n=3, cutoff=0.5)
        hint = f"did you mean {', '.join(near)}?" if near else "see `fenji parameters`"
        raise InputError("no parameter or lever fits", found=pattern, allowed=hint)
    return found


def _span(text: str, ends: str) -> Span:
    if not ends:
        return Span()
    low, _, high = ends.partition(":")
    try:
        return Span(low=float(low), high=float(high))
    except ValueError:
        raise InputError("--vary", found=text, allowed="PATTERN or PATTERN=low:high") from None


def spans_of(sections: Iterable[Any]) -> dict[str, Span]:
    """The ranges of a design's levers and uncertainties; anything but a range is an error."""
    spans: dict[str, Span] = {}
    for section in sections:
        if not isinstance(section, Mapping):
            raise InputError("a list of points is no range", allowed="path: {} or {low, high}")
        for path, axis in section.items():
            if not isinstance(axis, Span):
                found = f"{path}: {list(axis)}"
                raise InputError(
                    "sensitivity asks for ranges", found=found, allowed="{} or {low, high}"
                )
            spans[path] = axis
    return spans
