"""My own county: from the template to a first result, and what ten more doctors would change.

Run it with `python examples/own_county.py`. It writes the template of a region, as `fenji region
new` does, checks it, and runs it as it is and with ten more doctors in one health centre.
"""

import csv
import shutil
from pathlib import Path

from experiments.runner import run
from model.region.check import check_region
from model.region.template import new_region
from model.scenario import Scenario

SHOWN = ("visit_share_centre", "mean_wait_min_secondary", "fund_payment_per_resident_cny")
FILE, FACILITY = "facilities.csv", "centre-north"


def hire(folder: Path, doctors: int, into: Path) -> None:
    """A copy of the region in which one health centre has so many more doctors."""
    shutil.copytree(folder, into, dirs_exist_ok=True)
    with (folder / FILE).open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    for row in rows:
        if row["id"] == FACILITY:
            row["doctors"] = str(float(row["doctors"]) + doctors)
    with (into / FILE).open("w", encoding="utf-8", newline="") as lines:
        writer = csv.DictWriter(lines, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def main(
    residents: int | None = None, days: int = 180, out: Path = Path("out/own-county")
) -> dict[str, tuple[float, float]]:
    """Indicators of the county before and after the new doctors."""
    county, hired = out / "county", out / "county-with-doctors"
    if not county.exists():
        new_region(county)
    print("\n".join(check_region(str(county))))
    hire(county, 10, hired)
    before, after = (
        run(Scenario(region=str(folder), residents=residents, days=days), out / name).summary
        for folder, name in ((county, "before"), (hired, "after"))
    )
    changes = {}
    for name in SHOWN:
        first, second = (done["indicators"][name]["value"] for done in (before, after))
        print(f"{name}: {first:.4g} -> {second:.4g}")
        changes[name] = (first, second)
    return changes


if __name__ == "__main__":
    main()
