"""One document of a study that can be handed over: an HTML file that opens offline, and Markdown.

A director reads the first page: question, answer, headline figures, one plot. A researcher finds
the policies, tables with intervals, assumptions with their sources, and how to repeat it.
"""

from collections.abc import Sequence
from datetime import timedelta
from importlib.resources import files
from pathlib import Path

import jinja2
import yaml

from experiments.html_report import answer
from experiments.html_report import assumptions as assumed
from experiments.html_report import findings as found
from experiments.html_report import results as told
from experiments.html_report.blocks import Block, Heading, Page, Points, Section, Shown, Table, Text
from experiments.html_report.pictures import shares_picture
from experiments.html_report.plots import draw_flow_map, plot_words
from experiments.html_report.policies import PolicyTold, command_of, path_name, policies_of
from experiments.html_report.reading import policies_known, read_study
from experiments.html_report.study import Study
from experiments.html_report.words import Figures
from experiments.levers import POLICY
from experiments.picture import read_results
from experiments.results import fenji_version
from experiments.sensitivity.report import FILE as SENSITIVITY
from experiments.store import write_whole
from model.wording import Words

NAME = {"en": "report.html", "zh": "report.zh.html"}
N_LIMITS = 5


def write_report(folder: Path, language: str, out: Path | None = None) -> tuple[Path, Path]:
    """Write the report of a folder; returns the HTML file and the Markdown file beside it.

    out: the HTML file; by default `report.html` (`report.zh.html`) in the folder itself.
    Raises InputError for a folder without a finished run.
    """
    words = Words(language)
    with policies_known(folder):
        page = compose(read_study(folder), words)
    file = folder / NAME[language] if out is None else out
    file.parent.mkdir(parents=True, exist_ok=True)
    markdown = file.with_suffix(".md")
    write_whole(file, render(page, "report.html.jinja", words).encode())
    write_whole(markdown, render(page, "report.md.jinja", words).encode())
    return file, markdown


def render(page: Page, template: str, words: Words) -> str:
    """A page as text, by one of the templates."""
    folder = files(__package__) / "templates"
    environment = jinja2.Environment(
        loader=jinja2.FunctionLoader(lambda name: (folder / name).read_text(encoding="utf-8")),
        autoescape=template.endswith(".html.jinja"),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made = words("report.head.made", version=fenji_version())
    return environment.get_template(template).render(page=page, t=words, made=made)


def compose(study: Study, words: Words) -> Page:
    """All that a report says."""
    figures = Figures(words, study.units)
    region, population = assumed.region_title(study, words)
    comma = ", " if words.language == "en" else "、"
    varied = comma.join(path_name(path, words) for path in (*study.varied, *study.within))
    question = words(f"report.question.{study.kind}", varied=varied)
    shown = study.arms[0]
    if study.compares and len(study.arms) == 2:
        shown = study.arms[1]
    if study.kind == "comparison" and len(study.arms) == 2:
        question = " ".join(policy.question for policy in policies_of(shown.plan, words))
    front: list[Block] = [
        *answer.headline_table(study, figures),
        *_front_picture(study, figures),
        _setting(study, words, region, population),
    ]
    return Page(
        title=words(f"report.head.{study.kind}", region=region),
        question=question,
        answers=[*found.verdict(study, words), *answer.answers(study, figures)],
        answer_note=answer.answer_note(study, words),
        card_title=answer.arm_name(study, shown, words),
        cards=answer.cards(study, figures),
        front=front,
        sections=[section for section in _sections(study, figures) if section.blocks],
    )


def _sections(study: Study, figures: Figures) -> list[Section]:
    words = figures.words
    contents: dict[str, list[Block]] = {
        "policies": _policies(study, words),
        "search": found.searched(study.folder, figures),
        "results": told.results(study, figures),
        "by_group": told.by_group(study, figures),
        "map": _map(study, words),
        "assumptions": assumed.assumptions(study, words),
        "matters": found.influential(study, words),
        "robust": found.survives(study, figures),
        "limits": [Points([words(f"report.limits.l{i + 1}") for i in range(N_LIMITS)])],
        "repeat": _repeat(study, words),
        "indicators": told.all_indicators(study, figures),
        "rules": assumed.every_rule(study, words),
        "parameters": assumed.every_parameter(study, words),
    }
    return [Section(key, words(f"report.section.{key}"), b) for key, b in contents.items()]


def _front_picture(study: Study, figures: Figures) -> list[Block]:
    if study.kind == "sensitivity":
        return found.picture(study.folder, SENSITIVITY, figures.words)
    return [shares_picture(study, figures)]


def _setting(study: Study, words: Words, region: str, population: int | None) -> Table:
    plan = study.plan
    residents = words.count(plan.residents or population or 0)
    if population and plan.residents and plan.residents < population:
        residents = words("report.setting.of", n=residents, population=words.count(population))
    last = plan.start + timedelta(plan.days - 1)
    dates = words(
        "report.setting.days",
        first=words.date(plan.start),
        last=words.date(last),
        n=plan.days,
        warm_up=plan.warm_up,
    )
    rows = [
        [words("report.setting.region"), f"{region} ({plan.region})"],
        [words("report.setting.residents"), residents],
        [words("report.setting.dates"), dates],
        [words("report.setting.replicates"), str(study.replicates)],
        [words("report.setting.rulebook"), plan.rulebook],
    ]
    return Table(words("report.caption.setting"), ["", ""], rows, 2)


def _policies(study: Study, words: Words) -> list[Block]:
    blocks: list[Block] = []
    seen: set[tuple[str, str, tuple[float, ...]]] = set()
    for arm in study.arms:
        for policy in policies_of(arm.plan, words):
            same = policy.id, policy.dates, tuple(lever.value for lever in policy.levers)
            if same in seen or (study.varied and any(policy.id == s[0] for s in seen)):
                continue
            seen.add(same)
            blocks += _policy(policy, study.varied, words)
    return blocks or [Text(words("report.policy.none"))]


def _policy(policy: PolicyTold, varied: Sequence[str], words: Words) -> list[Block]:
    def line(key: str, text: str, style: str = "plain") -> Text:
        mark = ": " if words.language == "en" else "："
        return Text(words(f"report.policy.{key}") + mark + text, style)

    head = [words(f"report.column.{c}") for c in ("lever", "value", "unit", "range")]
    levers = [
        [
            f"{lever.label} ({lever.name})",
            words("report.policy.varied")
            if f"{POLICY}{policy.id}.{lever.name}" in varied
            else f"{lever.value:g}",
            lever.unit,
            f"{lever.low:g} – {lever.high:g}; "
            + words("report.policy.neutral", value=f"{lever.neutral:g}"),
        ]
        for lever in policy.levers
    ]
    changes = [[path, operation] for path, operation in policy.changes]
    change_head = [words("report.column.parameter"), words("report.column.operation")]
    reason = [line("reason", policy.reason)] if policy.reason else []
    return [
        Heading(policy.title),
        Text(policy.question),
        line("dates", policy.dates),
        line("mechanism", policy.mechanism),
        line("evidence", policy.evidence),
        line("source", policy.source),
        *reason,
        Table(words("report.caption.levers"), head, levers, 1),
        Table(words("report.caption.changes"), change_head, changes, 2),
    ]


def _map(study: Study, words: Words) -> list[Block]:
    if study.kind != "run":
        return [Text(words("report.no_map"), "note")]
    scene = read_results(study.folder).scene
    share = words.percent(scene.local_share, 0)
    caption = words("report.figure.map_more", share=share)
    alt = words("report.figure.map_alt", share=share)
    return [Shown(draw_flow_map(scene, plot_words(words), caption, alt))]


def _repeat(study: Study, words: Words) -> list[Block]:
    blocks: list[Block] = [Text(words("report.repeat.lead")), Text(command_of(study), "code")]
    if study.kind in ("sweep", "search"):
        design = {key: value for key, value in study.design.items() if value not in (None, {}, [])}
        told_as = yaml.safe_dump(design, allow_unicode=True, sort_keys=False)
        blocks += [Text(words("report.repeat.design")), Text(told_as, "code")]
    if "model" in study.versions:
        blocks.append(Text(words("report.repeat.install", model=study.versions["model"])))
    seeds = sorted({seed for arm in study.arms for seed in arm.runs["seed"]})
    blocks.append(Text(words("report.repeat.seeds", first=seeds[0], last=seeds[-1])))
    if study.data.archive:
        blocks.append(Text(words("report.repeat.own")))
    if study.left_out:
        blocks.append(Text(words("report.repeat.more", n=study.left_out[0]), "note"))
    if study.failed:
        failed = words("report.repeat.failed", n=study.failed, folder=study.folder)
        blocks.append(Text(failed, "note"))
    versions = [[name, version] for name, version in study.versions.items()]
    versions.append([words("report.repeat.hash"), ", ".join(study.hashes)])
    return [*blocks, Table(words("report.caption.versions"), ["", ""], versions, 2)]
