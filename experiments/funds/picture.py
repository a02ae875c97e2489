"""One picture of the funds to come: income against payments, members, and what decides."""

import textwrap
from pathlib import Path

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.patches import Patch
from matplotlib.text import Text
from matplotlib.ticker import FuncFormatter, MaxNLocator

from experiments.funds.outlook import Outlook
from experiments.funds.report import LANGUAGES, findings, unit_of, word
from experiments.map.labels import fonts
from experiments.map.picture import INK
from experiments.panels import GRID, PALE, head, save_png
from model.insurance.funds import FUNDS, POOL, RESIDENTS

PICTURE = "funds.png"
SIZE_IN, DPI = (16.0, 10.0), 100
TITLE_PT, TEXT_PT, NOTE_PT = 22.0, 12.0, 11.0
IN, OUT, STOCK, DEBT = "#217A71", "#7A1F3D", "#D8E3F0", "#EBCDD5"
ACTIVE, RETIRED, RURAL = "#2B6CB0", "#9A6400", "#217A71"
LOW, HIGH = "#4DB6AC", "#F0A30A"
MOST_SWINGS = 4
LABEL_ROOM = 0.85  # of the width of bars
TEXTS = {
    "title": ("{name}: the funds to {last}", "{name}：医保基金至{last}年"),
    "sample": (
        "{pool}: {active:,.1f} active, {retired:,.1f} retired, {residents:,.1f} {many} "
        "in the residents' scheme; projected from {run:,} residents simulated for {days} days",
        "{pool}：在职{active:,.1f}、退休{retired:,.1f}、居民{residents:,.1f}{many}；"
        "由{run:,}名居民{days}天的模拟推算",
    ),
    "county": ("Members of a county pool", "县级统筹参保人"),
    "municipal": ("Members of a municipal pool", "市级统筹参保人"),
    "provincial": ("Members of a provincial pool", "省级统筹参保人"),
    "nation": ("All pools of the nation", "全国各统筹区合计"),
    "fund": ("{unit} a year; bars: balance at the year's end", "每年{unit}；柱：年末累计结余"),
    "members": ("Members of the funds", "参保人数"),
    "members_unit": ("{many} persons", "{many}人"),
    "active": ("active", "在职"),
    "retired": ("retired", "退休"),
    "residents": ("residents'\nscheme", "居民医保"),
    "income": ("income", "收入"),
    "paid": ("paid out", "支出"),
    "ratio": ("{ratio:.2f} active\nper retired", "在职退休比\n{ratio:.2f}"),
    "swings": ("{fund}: what the balance of {last} depends on", "{fund}：{last}年结余取决于"),
    "swings_unit": ("{unit}, each assumption at the ends of its range", "{unit}，各假设取上下限"),
    "low": ("low end", "下限"),
    "high": ("high end", "上限"),
    "dry": ("dry in {dry}", "{dry}年用尽"),
    "million": ("million", "百万"),
    "thousand": ("thousand", "千"),
}  # fmt: skip


def draw(outlook: Outlook, lang: str) -> Path:
    """Write `funds.png` (1600 x 1000 pixels) into the results folder; returns its path.

    Where no Chinese font is installed the labels are English.
    """
    lang = lang if len(fonts()) > 1 else LANGUAGES[0]
    with mpl.rc_context({"font.family": list(fonts())}):
        return save_png(compose(outlook, lang), outlook.folder / PICTURE)


def compose(outlook: Outlook, lang: str) -> Figure:
    """The whole figure, ready to save."""
    layout = ConstrainedLayoutEngine(
        w_pad=0.15, h_pad=0.12, wspace=0.03, hspace=0.05, rect=(0.01, 0.085, 0.98, 0.82)
    )
    figure = Figure(figsize=SIZE_IN, dpi=DPI, layout=layout, facecolor="white")
    FigureCanvasAgg(figure)
    grid = figure.add_gridspec(2, 2, height_ratios=[1.05, 1])
    for column, fund in enumerate((POOL, RESIDENTS)):
        _draw_fund(figure.add_subplot(grid[0, column], label=FUNDS[fund]), outlook, fund, lang)
    _draw_members(figure.add_subplot(grid[1, 0], label="members"), outlook, lang)
    halves = grid[1, 1].subgridspec(2, 1)
    for half, fund in enumerate((POOL, RESIDENTS)):
        axes = figure.add_subplot(halves[half], label=f"swings {FUNDS[fund]}")
        _draw_swings(axes, outlook, fund, lang)
    _write_frame(figure, outlook, lang)
    if lang != LANGUAGES[0]:  # few Chinese fonts have bold, and bold digits alone look odd
        for text in figure.findobj(Text):
            text.set_fontweight("normal")
    return figure


def _text(key: str, lang: str, **values: object) -> str:
    return TEXTS[key][LANGUAGES.index(lang)].format(**values)


def _write_frame(figure: Figure, outlook: Outlook, lang: str) -> None:
    last = outlook.projection.years[-1]
    size, many = _people(outlook)
    active, retired, residents, _ = (n / size for n in outlook.members)
    title = _text("title", lang, name=outlook.region.name[lang], last=last)
    pool = "nation" if outlook.feared_gap is not None else outlook.pool
    below = _text(
        "sample", lang, pool=_text(pool, lang), active=active, retired=retired,
        residents=residents, many=_text(many, lang), run=outlook.run["residents"],
        days=outlook.days,
    )  # fmt: skip
    figure.text(0.016, 0.958, title, fontsize=TITLE_PT, fontweight="bold", color=INK)
    figure.text(0.016, 0.927, below, fontsize=TEXT_PT, color=PALE)
    notes = [line for line in findings(outlook, lang)[::-1] if not line.startswith("  ")][:2][::-1]
    wide = 205 if lang == LANGUAGES[0] else 100
    lines = [part for note in notes for part in textwrap.wrap(note, wide)]
    figure.text(0.016, 0.014, "\n".join(lines), fontsize=NOTE_PT, color=PALE, linespacing=1.35)


def _draw_fund(axes: Axes, outlook: Outlook, fund: int, lang: str) -> None:
    projection, (size, unit) = outlook.projection, unit_of(outlook, lang)
    years = projection.years
    gained, paid, balance = (
        table[:, fund] / size for table in (projection.gained, projection.paid, projection.balance)
    )
    head(axes, word(FUNDS[fund], lang), _text("fund", lang, unit=unit))
    _style(axes)
    colours = [DEBT if value < 0 else STOCK for value in balance]
    axes.set_xticks(years[::2])
    axes.bar(years, balance, width=0.72, color=colours, zorder=1)
    axes.axhline(0, color=PALE, lw=1.0, zorder=2)
    ends = {"income": gained, "paid": paid}
    for key, colour in (("income", IN), ("paid", OUT)):
        axes.plot(years, ends[key], color=colour, lw=2.8, marker="o", ms=4, zorder=3, gid=key)
    low, high = min(balance.min(), 0.0), max(balance.max(), gained.max(), paid.max())
    axes.set_ylim(low - 0.04 * (high - low), high + 0.12 * (high - low))
    labels = [(_text(key, lang), float(ends[key][-1]), colour)
              for key, colour in (("income", IN), ("paid", OUT))]  # fmt: skip
    _name_ends(axes, labels)
    dry = projection.dry[FUNDS[fund]]
    if dry is not None:
        axes.annotate(
            _text("dry", lang, dry=dry), xy=(dry, 0), xytext=(dry, high + 0.04 * (high - low)),
            ha="center", fontsize=TEXT_PT, color=OUT, fontweight="bold",
            arrowprops={"arrowstyle": "-", "color": OUT, "lw": 1.2, "ls": ":"},
        )  # fmt: skip


def _draw_members(axes: Axes, outlook: Outlook, lang: str) -> None:
    projection, (size, many) = outlook.projection, _people(outlook)
    years, members = projection.years, projection.members / size
    head(axes, _text("members", lang), _text("members_unit", lang, many=_text(many, lang)))
    _style(axes)
    keys = (("active", ACTIVE), ("retired", RETIRED), ("residents", RURAL))
    for i, (key, colour) in enumerate(keys):
        axes.plot(years, members[:, i], color=colour, lw=2.8, gid=key)
    axes.set_xticks(years[::2])
    axes.set_ylim(0, 1.15 * members.max())
    _name_ends(
        axes, [(_text(key, lang), float(members[-1, i]), c) for i, (key, c) in enumerate(keys)]
    )
    for at in (0, -1):
        if members[at, 1] > 0:
            axes.annotate(
                _text("ratio", lang, ratio=members[at, 0] / members[at, 1]),
                xy=(years[at], members[at, :2].max()), xytext=(0, 8), textcoords="offset points",
                ha="left" if at == 0 else "right", fontsize=NOTE_PT, color=PALE,
            )  # fmt: skip


def _draw_swings(axes: Axes, outlook: Outlook, fund: int, lang: str) -> None:
    (size, unit), last = unit_of(outlook, lang), outlook.projection.years[-1]
    swings = outlook.swings_of(fund)[:MOST_SWINGS][::-1]
    title = _text("swings", lang, fund=word(FUNDS[fund], lang), last=last)
    head(axes, title, _text("swings_unit", lang, unit=unit))
    _style(axes)
    axes.grid(visible=False, axis="y")
    middle = outlook.projection.balance[-1, fund] / size
    ends = [np.array(swing.balance(fund)) / size for swing in swings]
    for row, (swing, both) in enumerate(zip(swings, ends, strict=True)):
        for balance, colour in zip(both, (LOW, HIGH), strict=True):
            axes.barh(row, balance - middle, left=middle, height=0.62, color=colour)
        axes.text(
            0, row, swing.label[lang], transform=axes.get_yaxis_transform(), va="center",
            fontsize=TEXT_PT, color=INK,
        )  # fmt: skip
    low, high = np.min([middle, *map(np.min, ends)]), np.max([middle, *map(np.max, ends)])
    span = max(high - low, 1e-9)
    ticks = [tick for tick in MaxNLocator(4).tick_values(low, high) if low <= tick <= high]
    axes.set(xlim=(low - LABEL_ROOM * span, high + 0.03 * span), yticks=(), xticks=ticks)
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.6g}"))
    axes.vlines(ticks, -0.5, len(swings) - 0.5, color=GRID, lw=0.8, zorder=0)
    axes.vlines(middle, -0.5, len(swings) - 0.5, color=INK, lw=1.2)
    axes.spines["bottom"].set_visible(False)
    if fund == POOL:
        _explain_ends(axes, lang)


def _explain_ends(axes: Axes, lang: str) -> None:
    ends = (("low", LOW), ("high", HIGH))
    axes.legend(
        handles=[Patch(color=colour, label=_text(key, lang)) for key, colour in ends],
        loc="lower right", bbox_to_anchor=(1.0, 1.0), ncols=2, frameon=False, fontsize=TEXT_PT,
        handlelength=1.0, borderaxespad=0.2, labelcolor=PALE,
    )  # fmt: skip


def _name_ends(axes: Axes, labels: list[tuple[str, float, str]]) -> None:
    """Names at the ends of lines, pushed apart where they would overlap."""
    low, high = axes.get_ylim()
    gap = 0.075 * (high - low)
    ordered = sorted(labels, key=lambda label: label[1])
    heights = np.array([label[1] for label in ordered])
    for i in range(1, len(heights)):
        heights[i] = max(heights[i], heights[i - 1] + gap)
    heights -= max(0.0, float(heights[-1]) - high)
    for (name, _, colour), height in zip(ordered, heights, strict=True):
        axes.annotate(
            name, xy=(1, height), xycoords=axes.get_yaxis_transform(), xytext=(6, 0),
            textcoords="offset points", va="center", fontsize=TEXT_PT, color=colour,
            annotation_clip=False,
        )  # fmt: skip


def _style(axes: Axes) -> None:
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.spines["bottom"].set_color(PALE)
    axes.tick_params(labelsize=TEXT_PT, length=0, labelcolor=INK)
    axes.grid(visible=True, axis="y", color=GRID)
    axes.set_axisbelow(True)
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.6g}"))


def _people(outlook: Outlook) -> tuple[float, str]:
    return (1e6, "million") if outlook.members.residents >= 1e6 else (1e3, "thousand")
