"""Is a gate or a wider reimbursement gap the better way to primary care? Both compared.

Run it with `python examples/gate_and_gap.py`; it takes some minutes on two cores. It compares the
two with the rules of today, on the same residents with the same illnesses, and writes a report
that can be handed over (`report.html` in English, `report.zh.html` in Chinese).
"""

from pathlib import Path

from experiments.experiment import crew_of
from experiments.html_report.document import write_report
from experiments.policies.comparison import Comparison, compare_policies
from experiments.policies.report import print_comparison
from experiments.progress import Quiet
from model.scenario import Scenario

PACKAGES = ("gatekeeping:strictness=0.5", "reimbursement_gradient:gap=0.2")


def main(
    residents: int = 20_000,
    days: int = 365,
    replicates: int = 5,
    out: Path = Path("out/gate-and-gap"),
    serial: bool = False,
) -> Comparison:
    """Run baseline and both policies, print what changes, and write the reports."""
    plan = Scenario(region="national", residents=residents, days=days)
    crew = crew_of(None, None, serial)
    done = compare_policies(plan, PACKAGES, replicates, out, crew, Quiet())
    print_comparison(done)
    for language in ("en", "zh"):
        print(write_report(out, language)[0])
    return done


if __name__ == "__main__":
    main()
