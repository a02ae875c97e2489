"""Does a conclusion hold when what nobody knows is different? One policy in twenty worlds.

Run it with `python examples/does_it_hold.py`; it takes some minutes on two cores. A closed door at
the hospitals is tried in twenty worlds, each with other weights of travel, trust and price; in how
many does it move first contact to primary care, and in how many does unmet need rise?
"""

from pathlib import Path

import polars as pl

from experiments.experiment import Experiment

LEVER = "policy.gatekeeping.closed_door"
UNKNOWN = ("choice.b_time", "choice.b_trust", "choice.b_price")
ASKED = ("first_contact_primary_share", "unmet_need_share")


def main(
    residents: int = 5_000,
    days: int = 90,
    worlds: int = 20,
    out: Path | None = None,
    serial: bool = False,
) -> dict[str, float]:
    """Share of the worlds in which each indicator rises when the door is closed."""
    experiment = Experiment(
        name="does-it-hold",
        residents=residents,
        days=days,
        policies="gatekeeping:strictness=0",
        levers={LEVER: [0, 1]},
        uncertainties={path: {} for path in UNKNOWN},
        samples=worlds,
    )
    table = experiment.run(out, serial=serial).indicators
    world = [pl.col(path) for path in UNKNOWN]
    open_door, closed = (table.filter(pl.col(LEVER) == value) for value in (0, 1))
    pairs = open_door.join(closed, on=UNKNOWN, suffix=" closed")
    shares = pairs.select(
        (pl.col(f"{name} closed") > pl.col(name)).mean().alias(name) for name in ASKED
    )
    for name, share in shares.row(0, named=True).items():
        print(f"{name} rises in {share:.0%} of {pairs.select(world).height} worlds")
    return shares.row(0, named=True)


if __name__ == "__main__":  # workers import this file
    main()
