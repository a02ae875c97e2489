"""Why a resident goes where she goes: run to a day and let her explain her next decision."""

import numpy as np

from experiments.runner import Progress
from model.care.illness import OnsetTable
from model.care.spells import open_spells
from model.scenario import Scenario
from model.simulation import TieredCareModel
from model.terms import Condition, InputError


def explain(plan: Scenario, resident: int, day: int, progress: Progress | None = None) -> str:
    """Her open episode of that morning, or else what she would do with a common acute illness."""
    plan = plan.model_copy(update={"days": day + 1})
    model = TieredCareModel(plan)
    if resident >= len(model.patients):
        raise InputError("--resident", found=resident, allowed=f"0 to {len(model.patients) - 1}")
    while model.day < plan.warm_up + day:
        model.step()
        if progress is not None:
            progress(model, 0.0)
    model.keep_law()
    patient = model.patients[resident]
    episodes = patient.episodes
    text = f"{model.date}, {model.region.name['en']}\n"
    if len(episodes):
        return text + patient.explain(int(episodes[-1]))
    return (
        text
        + "Not ill that day; if she fell ill of a common acute condition:\n"
        + (patient.explain(_suppose(model, resident)))
    )


def _suppose(model: TieredCareModel, resident: int) -> int:
    onset = OnsetTable(
        day=np.array([model.day], np.int16),
        person=np.array([resident], np.int32),
        number=np.array([2**23], np.int32),  # beyond every real onset's number
        condition=np.array([Condition.COMMON_ACUTE], np.int8),
    )
    return int(open_spells(model.world, onset)[0])
