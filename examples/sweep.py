"""How far does travel keep people from the large hospitals? Two weights of travel time, compared.

Run it with `python examples/sweep.py`; it takes about a minute on two cores. Run it again and it
only reads what is there. More residents and days give narrower intervals.
"""

from pathlib import Path

from experiments.experiment import Experiment, Results

SHOWN = ["visit_share_tertiary", "first_contact_primary_share", "travel_min_mean"]
NEAR, FAR = {"choice.b_time": 0.03}, {"choice.b_time": 0.02}


def travel(residents: int = 5_000, days: int = 60, out: Path | None = None) -> Results:
    """Ten seeds at each weight of travel time; every seed has the same residents and illnesses."""
    experiment = Experiment(
        name="travel",
        region="national",
        residents=residents,
        days=days,
        levers={"choice.b_time": [0.02, 0.03]},
        replicates=10,
    )
    return experiment.run(out)


# Workers import this file, so what starts them stands below this line.
if __name__ == "__main__":
    results = travel()
    print(results.indicators.select("choice.b_time", "seed", *SHOWN))
    print("If travel weighs 0.03 instead of 0.02 utils a minute:")
    print(results.compare(FAR, NEAR, SHOWN))
    print(results.to_pandas().groupby("choice.b_time")[SHOWN].mean())
