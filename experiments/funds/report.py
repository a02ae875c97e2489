"""The funds' year and the years after it, told to a person in English or Chinese."""

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from experiments.funds.outlook import FEARED_IN, Outlook, comparison
from model.insurance.funds import ASSISTANCE, FUNDS, POOL, RESIDENTS

MOST_SWINGS = 4
PLAIN_WIDTH = 180  # characters, where no terminal says its own
WORDS = {
    "ebmi_pool": ("EBMI pooled fund", "职工医保统筹基金"),
    "ebmi_account": ("EBMI individual accounts", "职工医保个人账户"),
    "rbmi": ("RBMI fund", "居民医保基金"),
    "critical_illness": ("Critical illness insurance", "大病保险"),
    "catastrophic_subsidy": ("Catastrophic subsidy", "职工大额补助"),
    "assistance": ("Medical assistance", "医疗救助基金"),
    "county": ("county", "县级统筹"),
    "municipal": ("municipal", "市级统筹"),
    "provincial": ("provincial", "省级统筹"),
    "fund": ("Fund", "基金"),
    "members": ("members, million", "参保人数（百万）"),
    "members_thousand": ("members, thousand", "参保人数（千）"),
    "opening": ("opening", "期初结余"),
    "income": ("income", "收入"),
    "transfer_in": ("from other funds", "划入"),
    "transfer_out": ("to other funds", "划出"),
    "spending": ("spending", "支出"),
    "paid": ("paid out", "支出"),
    "balance": ("balance", "累计结余"),
    "reserve": ("months of reserve", "可支付月数"),
    "year": ("Year", "年份"),
    "ratio": ("active per retired", "在职退休比"),
    "help": ("help with premium over premium", "资助参保占缴费比"),
    "stay": ("assistance a stay, CNY", "次均住院救助（元）"),
    "title": ("{name}: the funds in {year}, {unit}", "{name}：{year}年基金收支（{unit}）"),
    "to_come": ("Projected: {unit}", "预测（{unit}）"),
    "pool_note": (
        "The fund is pooled at {pool} level: shown is this region's members' share of it. "
        "Residents insured elsewhere are not among its members. Assistance is pooled by county.",
        "基金实行{pool}：所列为本地参保人对应的份额，不含异地参保的居民；医疗救助为县级统筹。",
    ),
    "short_run": (
        "Only {days} days were counted; the projection takes them for a year's rate.",
        "仅统计了{days}天，预测按全年折算。",
    ),
    "dry": ("{fund}: runs dry in {dry}; pays more than it gains from {deficit}",
            "{fund}：{dry}年累计结余用尽；{deficit}年起当期收不抵支"),
    "deficit": ("{fund}: not dry by {last}; pays more than it gains from {deficit}",
                "{fund}：至{last}年未用尽；{deficit}年起当期收不抵支"),
    "sound": ("{fund}: not dry by {last}, gains each year",
              "{fund}：至{last}年未用尽，历年当期有结余"),
    "depends": ("{fund}, balance in {last} ({unit}) at the low and the high end of:",
                "{fund}{last}年结余（{unit}），取下列参数的下限与上限："),
    "never": ("not dry", "未用尽"),
    "feared": (
        "For comparison only: a gap of {feared} trillion CNY by {year} is feared, its "
        "reckoning not said. The two pooled funds here: {current} of current balance in that year, "
        "{debt} of debts by then.",
        "仅供对照：有报告担心{year}年前出现{feared}万亿元缺口（口径未说明）。本预测两项统筹基金"
        "当期结余{current}，届时累计欠账{debt}。",
    ),
    "modelled": (
        "Modelled, not observed; every assumption: fenji parameters funds.",
        "模型结果，非观测数据；全部假设见 fenji parameters funds.",
    ),
}  # fmt: skip
UNITS = {"en": ((1e9, "billion CNY"), (1e6, "million CNY")), "zh": ((1e8, "亿元"), (1e4, "万元"))}
LARGE = 1e10  # CNY; sums of a nation or a city are told in the larger unit
LANGUAGES = ("en", "zh")


def word(key: str, lang: str, **values: object) -> str:
    """A text in one of `LANGUAGES`."""
    return WORDS[key][LANGUAGES.index(lang)].format(**values)


def unit_of(outlook: Outlook, lang: str) -> tuple[float, str]:
    """How many CNY the unit of sums is, and its name."""
    large = max(year.balance for year in outlook.year.values()) >= LARGE
    return UNITS[lang][0 if large else 1]


def print_outlook(outlook: Outlook, lang: str, console: Console | None = None) -> None:
    """Tables of the year and of the projection, then what they come to."""
    console = console or Console()
    if not console.is_terminal:
        console.width = max(console.width, PLAIN_WIDTH)
    console.print(_year_table(outlook, lang), _projection_table(outlook, lang))
    for line in findings(outlook, lang):
        console.print(line, highlight=False, soft_wrap=True)


def findings(outlook: Outlook, lang: str) -> list[str]:
    """When each fund runs dry, what that depends on most, and what to know."""
    lines = [_fate(outlook, fund, lang) for fund in FUNDS if fund != "ebmi_account"]
    for row in (POOL, RESIDENTS):
        lines += _dependence(outlook, row, lang)
    if outlook.feared_gap is None:
        lines.append(word("pool_note", lang, pool=word(outlook.pool, lang)))
    if outlook.days < 365:
        lines.append(word("short_run", lang, days=outlook.days))
    lines += _feared(outlook, lang)
    return [*lines, word("modelled", lang)]


def _fate(outlook: Outlook, fund: str, lang: str) -> str:
    projection = outlook.projection
    dry, deficit = projection.dry[fund], projection.deficit[fund]
    key = "sound" if deficit is None else "deficit" if dry is None else "dry"
    last = int(projection.years[-1])
    return word(key, lang, fund=word(fund, lang), dry=dry, deficit=deficit, last=last)


def _dependence(outlook: Outlook, row: int, lang: str) -> list[str]:
    fund, (size, unit) = FUNDS[row], unit_of(outlook, lang)
    last = int(outlook.projection.years[-1])
    lines = [word("depends", lang, fund=word(fund, lang), last=last, unit=unit)]
    for swing in outlook.swings_of(row)[:MOST_SWINGS]:
        ends = [
            f"{balance / size:,.1f} ({run.dry[fund] or word('never', lang)})"
            for balance, run in zip(swing.balance(row), (swing.low, swing.high), strict=True)
        ]
        lines.append(f"  {swing.label[lang]}: {ends[0]}, {ends[1]}")
    return lines


def _feared(outlook: Outlook, lang: str) -> list[str]:
    beside = comparison(outlook)
    if beside is None:
        return []
    size, unit = unit_of(outlook, lang)
    sums = {
        name: f"{beside[key] / size:,.0f} {unit}"
        for name, key in (("current", "current_balance_of_2035"), ("debt", "debt_by_2035"))
    }
    feared = beside["feared_gap_by_2035"] / 1e12
    return [word("feared", lang, feared=f"{feared:g}", year=FEARED_IN, **sums)]


def _year_table(outlook: Outlook, lang: str) -> Table:
    size, unit = unit_of(outlook, lang)
    many = outlook.members.of(RESIDENTS) >= 1e6
    people, heading = (1e6, "members") if many else (1e3, "members_thousand")
    name, year = outlook.region.name[lang], int(outlook.projection.years[0])
    columns = ("opening", "income", "transfer_in", "transfer_out", "spending", "balance")
    title = word("title", lang, name=name, year=year, unit=unit)
    table = _table(title, ["fund", heading, *columns, "reserve"], lang)
    for fund, books in outlook.year.items():
        months = "-" if books.reserve_months is None else f"{books.reserve_months:,.1f}"
        sums = [_sum(getattr(books, column), size) for column in columns]
        table.add_row(word(fund, lang), f"{books.members / people:,.1f}", *sums, months)
    return table


def _projection_table(outlook: Outlook, lang: str) -> Table:
    projection, (size, unit) = outlook.projection, unit_of(outlook, lang)
    of = ("income", "paid", "balance")
    headings = ["year", "ratio", *of, *of, "balance", "help", "stay"]
    table = _table(word("to_come", lang, unit=unit), headings, lang)
    for column, row in ((2, POOL), (5, RESIDENTS), (8, ASSISTANCE)):
        heading = f"{word(FUNDS[row], lang)}\n{table.columns[column].header}"
        table.columns[column].header = heading
    gained, paid, balance = projection.gained, projection.paid, projection.balance
    for i, year in enumerate(projection.years):
        active, retired = projection.members[i, :2]
        sums = [_sum(values[i, row], size) for row in (POOL, RESIDENTS)
                for values in (gained, paid, balance)]  # fmt: skip
        table.add_row(
            str(year),
            f"{active / retired:.2f}" if retired else "-",
            *sums,
            _sum(balance[i, ASSISTANCE], size),
            f"{projection.premium_help[i] / projection.premium[i]:.2f}",
            f"{projection.help_per_stay[i]:,.0f}",
        )
    return table


def _table(title: str, headings: Sequence[str], lang: str) -> Table:
    table = Table(title=title, title_justify="left")
    for i, heading in enumerate(headings):
        table.add_column(word(heading, lang), justify="left" if i == 0 else "right")
    return table


def _sum(cny: float, size: float) -> str:
    value = cny / size
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:,.2f}"
