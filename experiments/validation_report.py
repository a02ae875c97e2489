"""A validation, and what survives of conclusions, as a person reads them on the terminal."""

from typing import Any

from rich.console import Console
from rich.table import Table

from experiments.survival import Survival, margin
from experiments.targets import number
from experiments.validation import LEVEL, Validation, in_order
from model.scenario import Scenario

WIDTH = 150


def print_validation(done: Validation) -> None:
    """A row a target, then how many pass by role."""
    console = _console()
    table = Table(box=None)
    table.add_column("row", no_wrap=True)
    for head in ("published", "band", "model", f"{LEVEL:.0%} of runs"):
        table.add_column(head, justify="right", no_wrap=True)
    for head in ("", "role", "confidence"):
        table.add_column(head)
    for row in in_order(done.rows):
        target = row.target
        band = f"{number(target.low)} to {number(target.high)}"
        model = "not comparable" if row.model is None else number(row.model)
        spread = (
            ""
            if row.low is None or row.high is None
            else f"{number(row.low)} to {number(row.high)}"
        )
        status = row.status or (f"nearest: {row.nearest}" if row.nearest else "")
        style = "bold" if status == "miss" else None
        cells = (target.id, number(target.value), band, model, spread, status)
        table.add_row(*cells, target.role, target.confidence, style=style)
    console.print(table)
    passed = {role: done.count(role) for role in ("check", "calibrate", "identity")}
    console.print(
        "{} of {} not fitted pass; of those fitted {} of {}; by arithmetic {} of {}. ".format(
            *passed["check"], *passed["calibrate"], *passed["identity"]
        )
        + f"{done.n_runs} runs, {done.n_vectors} plausible vectors. Modelled, not observed."
    )


def print_survival(done: Survival) -> None:
    """What each policy does across the plausible vectors, and what flips."""
    console = _console()
    seeds = "seed" if done.n_seeds == 1 else "seeds"
    table = Table(
        title=f"Effects across {done.n_vectors} plausible vectors, {done.n_seeds} {seeds} each",
        title_justify="left",
        box=None,
    )
    for head in ("policy", "indicator"):
        table.add_column(head, no_wrap=True)
    for head in ("baseline", "least", "greatest"):
        table.add_column(head, justify="right", no_wrap=True)
    table.add_column("")
    for effect in done.effects:
        low, high = effect.differences.min(), effect.differences.max()
        numbers = (number(effect.baseline), f"{low:+,.3g}", f"{high:+,.3g}")
        table.add_row(effect.policy, effect.indicator, *numbers, effect.direction)
    console.print(table)
    for order, n_vectors in done.rankings().items():
        console.print(f"{n_vectors} of {done.n_vectors} vectors rank: {' > '.join(order)}")
    flipped = [f"{one} and {other}" for one, other in done.flipped_pairs()]
    console.print(f"Rankings that flip: {'; '.join(flipped) or 'none'}.")


def survival_told(done: Survival, plan: Scenario) -> dict[str, Any]:
    """The content of `survival.json`, which `fenji validate --policies --json` prints."""
    effects = [
        {
            "policy": effect.policy,
            "indicator": effect.indicator,
            "baseline": effect.baseline,
            "differences": effect.differences.tolist(),
            "margin": None if done.n_seeds == 1 else margin(effect.apart),
            "direction": effect.direction,
        }
        for effect in done.effects
    ]
    rankings = [{"order": order, "vectors": n} for order, n in done.rankings().items()]
    return {
        "region": plan.region,
        "residents": plan.residents,
        "days": plan.days,
        "seeds": done.n_seeds,
        "effects": effects,
        "rankings": rankings,
        "flips": done.flipped_pairs(),
    }


def _console() -> Console:
    console = Console()
    console.width = max(console.width, WIDTH)  # figures cut short would mislead
    return console
