"""`fenji report` writes one document of a folder of any kind, in both languages."""

import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from matplotlib.text import Text
from typer.testing import CliRunner

from experiments.cli import app
from experiments.html_report.document import compose
from experiments.html_report.policies import command_of, typed
from experiments.html_report.reading import read_study
from experiments.html_report.words import Figures
from experiments.picture_words import AS_TYPED, PictureWords
from experiments.search import picture as search_picture
from experiments.sensitivity import picture as sensitivity_picture
from model.policies.choice import parse_package
from model.wording import Words, read_texts

SMALL = ["--residents", "1500", "--days", "12", "--warm-up", "5"]
GATE = "gatekeeping:strictness=0.5,closed_door=1@2023-01-03+consortium"
DESIGN = """
name: gap
region: national
residents: 1500
days: 5
warm_up: 2
replicates: 2
levers: {policy.reimbursement_gradient.gap: [0, 0.3], choice.b_time: [0.02, 0.03]}
"""
SEARCH = """
name: best
region: national
residents: 1000
days: 4
warm_up: 2
levers: {policy.gatekeeping.strictness: {}}
objectives: {primary_institution_share: max, out_of_pocket_per_resident_cny: min}
constraints: {fund_neutral: 9}
trials: 4
generation: 2
confirm: 2
shown: 2
"""
KINDS = ("run", "comparison", "sweep", "search", "sensitivity")


def fenji(*words):
    return CliRunner().invoke(app, [str(word) for word in words])


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    root = tmp_path_factory.mktemp("report")
    (root / "design.yaml").write_text(DESIGN, encoding="utf-8")
    (root / "search.yaml").write_text(SEARCH, encoding="utf-8")
    serial = ["--serial"]
    made = [
        fenji("run", "brook", "--days", 12, "--warm-up", 5, "--out", root / "run"),
        fenji(
            "compare",
            "national",
            GATE,
            *SMALL,
            "--replicates",
            2,
            "--out",
            root / "comparison",
            *serial,
        ),
        fenji("sweep", root / "design.yaml", "--out", root / "sweep", *serial),
        fenji("search", root / "search.yaml", "--out", root / "search", *serial),
        fenji(
            "sensitivity",
            "national",
            *("--vary", "choice.b_time", "--vary", "policy.gatekeeping.strictness"),
            *("--residents", 1000, "--days", 4, "--warm-up", 2, "--samples", 4),
            "--out",
            root / "sensitivity",
            *serial,
        ),
    ]
    assert {one.exit_code for one in made} == {0}, [one.output for one in made]
    for kind in KINDS:
        for lang in ("en", "zh"):
            done = fenji("report", root / kind, "--lang", lang)
            assert done.exit_code == 0, done.output
    return root


class Page(HTMLParser):
    """The tags of a page and their texts, to check what a reader's machine needs."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.open, self.cells = [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in ("meta", "img"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def report_of(folders, kind, lang):
    name = "report.html" if lang == "en" else "report.zh.html"
    return (folders / kind / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("kind", KINDS)
def test_a_page_opens_offline_and_is_read_aloud(folders, kind, lang):
    text = report_of(folders, kind, lang)
    page = Page(text)
    assert not page.open
    assert "<script" not in text
    assert not re.search(r'(src|href)="(https?:)?//', text)
    assert ("html", {"lang": "zh-CN" if lang == "zh" else "en"}) in page.tags
    pictures = [attrs for tag, attrs in page.tags if tag == "img"]
    assert pictures
    assert all(attrs["alt"] and attrs["src"].startswith("data:image/") for attrs in pictures)
    tables = [tag for tag, _ in page.tags].count("table")
    assert tables == [tag for tag, _ in page.tags].count("caption") > 5
    anchors = {attrs["href"][1:] for tag, attrs in page.tags if tag == "a"}
    assert anchors == {
        attrs["id"] for tag, attrs in page.tags if tag == "section" and "id" in attrs
    }
    assert not re.search(r"report\.\w+\.|\bnan\b|\bNone\b", text)


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_markdown_tells_the_same_tables(folders, lang):
    page = compose(read_study(folders / "comparison"), Words(lang))
    markdown = (
        folders / "comparison" / ("report.md" if lang == "en" else "report.zh.md")
    ).read_text(encoding="utf-8")
    for section in page.sections:
        assert f"## {section.title}" in markdown
        for block in section.blocks:
            if block.kind == "table":
                assert f"**{block.caption}**" in markdown
                assert f"| {block.rows[0][0]} |" in markdown.replace("\\|", "|")


def test_the_numbers_are_those_of_the_comparison(folders):
    done = fenji(
        "compare", "national", GATE, *SMALL, "--replicates", 2, "--serial", "--json",
        "--out", folders / "comparison",
    )  # fmt: skip
    told = json.loads(done.stdout)["policies"][0]["indicators"]["first_contact_primary_share"]
    study = read_study(folders / "comparison")
    row = study.differences(study.arms[1], ["first_contact_primary_share"])[
        "first_contact_primary_share"
    ]
    for key in ("difference", "low", "high"):
        assert row[key] == pytest.approx(told[key], abs=1e-12)
    text = report_of(folders, "comparison", "en")
    assert f"{told['baseline'] * 100:.1f}%" in text
    assert f"{told['policy'] * 100:.1f}%" in text


def test_policies_are_told_with_levers_dates_mechanism_and_source(folders):
    text = report_of(folders, "comparison", "en")
    for said in ("from 3 January 2023", "Sanming", "gate.closed_door", "State Council guidance"):
        assert said in text
    assert "2023年1月3日" in report_of(folders, "comparison", "zh")


@pytest.mark.parametrize("kind", ["run", "comparison"])
def test_the_command_to_repeat_it_gives_the_same_runs(folders, kind, tmp_path):
    study = read_study(folders / kind)
    words = command_of(study).replace("'", "").split()[1:-1]
    serial = ["--serial"] if kind == "comparison" else []
    done = fenji(*words, tmp_path / "again", *serial)
    assert done.exit_code == 0, done.output
    assert read_study(tmp_path / "again").hashes == study.hashes


def test_typed_policies_parse_to_themselves():
    for text in (GATE, "telemedicine", "capacity:beds_hospital=1.1@2023-02-01..2023-03-01"):
        assert parse_package(typed(parse_package(text))) == parse_package(text)


def test_two_policies_stand_side_by_side_and_old_runs_are_owned_up_to(tmp_path):
    common = ["--replicates", 2, "--out", tmp_path, "--serial", "--residents", 1000]
    span = ["--days", 4, "--warm-up", 2]
    assert fenji("compare", "national", "telemedicine", *common, *span, "--seed", 5).exit_code == 0
    longer = ["--days", 5, "--warm-up", 2]
    both = ["gatekeeping", "reimbursement_gradient"]
    assert fenji("compare", "national", *both, *common, *longer).exit_code == 0
    study = read_study(tmp_path)
    assert [arm.name for arm in study.arms] == ["baseline", *both]
    assert study.left_out == ("4",)
    page = compose(study, Words("en"))
    assert not page.cards
    assert len(page.front[0].head) == 4


def test_a_search_is_told_with_its_objectives_and_constraints(folders):
    study = read_study(folders / "search")
    told = json.loads((folders / "search" / "search.json").read_text(encoding="utf-8"))
    page = compose(study, Words("en"))
    sections = {section.id: section.blocks for section in page.sections}
    points, constraints = sections["search"][1:3]
    assert len(points.rows) == len(told["pareto"]) == len(study.arms) - 1
    assert points.head[1:] == [
        "Share of visits at primary institutions",
        "Cash payment per resident",
    ]
    assert constraints.rows[0][:2] == ["Fund payment per resident", "≤ +900.0%"]
    row = study.differences(study.arms[1], ["primary_institution_share"])
    assert row["primary_institution_share"]["difference"] == pytest.approx(
        told["pareto"][0]["objectives"]["primary_institution_share"]["difference"]
    )
    assert study.arms[0].runs["seed"].min() > study.plan.seed  # seeds that no trial has seen


def test_a_search_whose_constraints_nothing_keeps_says_so_first(folders):
    file = folders / "search" / "search.json"
    kept = file.read_text(encoding="utf-8")
    told = json.loads(kept)
    file.write_text(json.dumps(told | {"met": False, "pareto": [], "others": told["pareto"]}))
    try:
        page = compose(read_study(folders / "search"), Words("en"))
    finally:
        file.write_text(kept, encoding="utf-8")
    assert "none keeps the constraints" in page.answers[0]


def test_a_sensitivity_analysis_is_told_by_factor(folders):
    study = read_study(folders / "sensitivity")
    page = compose(study, Words("en"))
    sections = {section.id: section.blocks for section in page.sections}
    table = sections["results"][2]
    assert {row[1] for row in table.rows} == {"choice.b_time", "policy.gatekeeping.strictness"}
    assert "--vary choice.b_time=0.005:0.08" in command_of(study)
    assert "indicators" not in sections


@pytest.mark.parametrize("place", ["sweep", "validate-national"])
def test_what_survives_is_told(folders, place):
    effect = {
        "policy": "gatekeeping",
        "indicator": "visit_share_tertiary",
        "differences": [0.01, -0.02, 0.0],
        "direction": "flips",
    }
    told = {"region": "national", "residents": 5000, "days": 90, "seeds": 2, "effects": [effect]}
    file = folders / place / "survival.json"
    file.parent.mkdir(exist_ok=True)
    file.write_text(json.dumps(told), encoding="utf-8")
    try:
        page = compose(read_study(folders / "sweep"), Words("zh"))
    finally:
        file.unlink()
    ran, table = next(section.blocks for section in page.sections if section.id == "robust")
    assert "5,000名居民，90天" in ran.text
    assert table.rows[0] == ["基层首诊", "三级医院诊疗人次占比", "−2.0", "+1.0", "方向不一"]
    assert "3组合理参数" in table.caption


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ({}, "holds no finished run"),
        ({"run.json": "{}"}, "the run has not ended"),
    ],
)
def test_a_folder_without_runs_is_an_error(tmp_path, content, told):
    for name, text in content.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    done = fenji("report", tmp_path)
    assert done.exit_code == 2
    assert told in done.stderr


def test_an_unknown_language_is_an_error(folders):
    assert "allowed: en, zh" in fenji("report", folders / "run", "--lang", "fr").stderr


def test_figures_are_written_as_their_unit_wants():
    figures = Figures(
        Words("zh"), {"visit_share_tertiary": "share", "fund_balance_rbmi_cny": "CNY"}
    )
    assert figures.label("visit_share_tertiary") == "三级医院诊疗人次占比"
    assert figures.change("visit_share_tertiary", 0.0123) == "+1.2"
    assert figures.change("visit_share_tertiary", -0.0001) == "0.0"
    assert figures.value("fund_balance_rbmi_cny", 3.2085e8) == "3.21亿"
    assert figures.value("visit_share_tertiary", None) == "–"


def test_both_languages_have_the_same_texts_and_fields():
    en, zh = read_texts("en"), read_texts("zh")
    mine = {key for key in en if key.startswith("report.")}
    assert mine == {key for key in zh if key.startswith("report.")}
    for key in mine:
        assert set(re.findall(r"{\w+}", en[key])) == set(re.findall(r"{\w+}", zh[key])), key


def test_the_templates_come_with_the_package():
    folder = Path(compose.__code__.co_filename).parent / "templates"
    assert {file.name for file in folder.iterdir()} == {
        "report.html.jinja",
        "report.md.jinja",
        "report.css",
    }


def written_in(figure):
    """All that stands in a picture, tick labels left out that are numbers."""
    texts = {text.get_text() for text in figure.findobj(Text)}
    return {text for text in texts if re.search("[A-Za-z\u4e00-\u9fff]", text)}


def test_pictures_of_findings_speak_the_reader_s_language(folders):
    zh = PictureWords(Words("zh"))
    pictures = (
        (search_picture, folders / "search" / "search.json"),
        (sensitivity_picture, folders / "sensitivity" / "sensitivity.json"),
    )
    for picture, file in pictures:
        told = json.loads(file.read_text(encoding="utf-8"))
        typed, named = (written_in(picture.compose(told, words)) for words in (AS_TYPED, zh))
        assert not any(re.search("[\u4e00-\u9fff]", text) for text in typed)
        foreign = [text for text in named if not re.search("[\u4e00-\u9fff]", text)]
        assert foreign == []
    assert any("choice.b_time" in text for text in typed)
    assert "就医时间权重" in named


def test_a_criterion_is_told_in_words():
    zh, text = (
        PictureWords(Words("zh")),
        "visit_share_tertiary difference < 0.1 and trust_clinic > 0",
    )
    assert zh.criterion(text).startswith("三级医院诊疗人次占比与基线之差 < 0.1 且 ")
    assert AS_TYPED.criterion(text) == text
