"""The maps of a comparison: how each package leaves its region, drawn alike, side by side."""

import threading
from collections.abc import Callable, Mapping
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass

import solara
from solara.alias import rv

from experiments.run_file import Job
from model.simulation import TieredCareModel
from model.terms import InputError
from model.wording import Words
from visualization.map.frame import frame, layout
from visualization.map.widget import MapWidget, texts_of_map
from visualization.runs.background import Workers


@dataclass(frozen=True, slots=True)
class Drawn:
    """What a map is sent: positions, and the last week of a run."""

    region: bytes
    frame: bytes


def draw(job: Job) -> Drawn:
    """Run a scenario of shipped data, and leave its map."""
    with job.data.placed(job.plan) as plan:
        model = TieredCareModel(plan)
    positions = layout(model)
    model.run()
    return Drawn(positions.content, frame(model))


def draw_all(
    jobs: Mapping[str, Job], workers: Workers, drawn: Callable[[Mapping[str, Drawn]], None]
) -> None:
    """Draw every map in the background, and tell when all are there; none if a run fails."""
    futures = {name: workers.submit(draw, job) for name, job in jobs.items()}

    def wait() -> None:
        try:
            maps = {name: future.result() for name, future in futures.items()}
        except (BrokenProcessPool, InputError):
            maps = {}
        drawn(maps)

    threading.Thread(target=wait, daemon=True, name="fenji maps").start()


@solara.component
def Maps(maps: Mapping[str, tuple[str, Drawn]], words: Words) -> None:
    """The maps with their titles; one scale of colours for all. maps: by package."""
    texts = solara.use_memo(lambda: texts_of_map(words), [words.language])
    chosen, choose = solara.use_state("")
    with rv.Html(tag="section", class_="fc-maps"):
        for package, (title, one) in maps.items():
            with rv.Html(tag="figure", class_="fj-card").key(package):
                rv.Html(tag="figcaption", children=[title])
                with rv.Html(tag="div", class_="fc-map"):
                    MapWidget.element(
                        region=one.region,
                        frame=one.frame,
                        flows=b"",
                        selected=chosen,
                        on_selected=choose,
                        words=texts,
                        language=words.language,
                    )
