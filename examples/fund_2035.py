"""When does the employees' fund run dry, and on what does that depend most? A projection.

Run it with `python examples/fund_2035.py`; it takes about a minute. One year is simulated; the
years after it are projected from it, with members growing older and later pensions (2025 to 2039).
"""

from pathlib import Path

from experiments.funds.outlook import Outlook, read_outlook
from experiments.runner import run
from model.insurance.funds import POOL
from model.scenario import Scenario

YEAR = 2035


def main(residents: int = 50_000, days: int = 365, out: Path = Path("out/fund-2035")) -> Outlook:
    """Print the pooled fund's balance year by year, and the assumptions that move it most."""
    outlook = read_outlook(run(Scenario(residents=residents, days=days), out).folder)
    projection = outlook.projection
    for year, balance in zip(projection.years, projection.balance[:, POOL], strict=True):
        if year <= YEAR:
            print(f"{year}: {balance / 1e12:6.2f} trillion CNY")
    print("What moves the last year's balance most, from the low to the high end of its range:")
    for swing in outlook.swings_of(POOL)[:5]:
        low, high = (value / 1e12 for value in swing.balance(POOL))
        print(f"  {swing.label['en']}: {low:.2f} to {high:.2f} trillion CNY")
    return outlook


if __name__ == "__main__":
    main()
