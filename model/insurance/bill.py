"""A settled bill on paper, line by line, in English or Chinese."""

from unicodedata import east_asian_width

from model.insurance.benefits import Benefit
from model.insurance.bill_notes import Notes
from model.insurance.bills import benefit_of
from model.insurance.claim import Claim, in_cny, settle_claim
from model.insurance.rulebook import RuleBook
from model.insurance.rules import Rules
from model.insurance.settlement import YearToDate
from model.terms import Scheme

# National field, indent, English, Chinese: the order of the national settlement list.
LINES = (
    ("medfee_sumamt", 0, ("Total charge", "医疗费总额")),
    ("fulamt_ownpay_amt", 1, ("Outside the catalogue", "全自费金额")),
    ("overlmt_selfpay", 1, ("Above price limits", "超限价自费费用")),
    ("preselfpay_amt", 1, ("Prior payment, class B items", "先行自付金额")),
    ("inscp_scp_amt", 1, ("Policy range", "符合政策范围金额")),
    ("act_pay_dedc", 2, ("of it deductible", "其中：实际支付起付线")),
    ("fund_pay_sumamt", 0, ("Paid by funds", "基金支付总额")),
    ("hifp_pay", 1, ("Basic insurance, pooled fund", "基本医疗保险统筹基金支出")),
    ("cvlserv_pay", 1, ("Civil servants' subsidy", "公务员医疗补助资金支出")),
    ("hifes_pay", 1, ("Employers' supplement", "企业补充医疗保险基金支出")),
    ("hifmi_pay", 1, ("Critical illness insurance", "居民大病保险资金支出")),
    ("hifob_pay", 1, ("Catastrophic subsidy", "职工大额医疗费用补助基金支出")),
    ("maf_pay", 1, ("Medical assistance", "医疗救助基金支出")),
    ("oth_pay", 1, ("Other funds", "其他支出")),
    ("acct_pay", 0, ("Individual account", "个人账户支出")),
    ("acct_mulaid_pay", 0, ("Relatives' accounts", "个人账户共济支付金额")),
    ("psn_cash_pay", 0, ("Cash", "个人现金支出")),
)
WORDS = {
    "EBMI_ACTIVE": ("Employees' insurance, active", "职工医保（在职）"),
    "EBMI_RETIRED": ("Employees' insurance, retired", "职工医保（退休）"),
    "RBMI": ("Residents' insurance", "居民医保"),
    "NONE": ("Not insured", "未参保"),
    "outpatient": ("outpatient", "普通门诊"),
    "chronic": ("chronic outpatient", "门诊慢特病"),
    "inpatient": ("inpatient", "住院"),
    "maternity": ("maternity", "生育"),
    "pharmacy": ("pharmacy", "药店购药"),
    "hypertension_diabetes": ("hypertension and diabetes drugs", "高血压糖尿病门诊用药"),
    "clinic": ("clinic", "村卫生室/社区站"),
    "centre": ("health centre", "乡镇卫生院/社区中心"),
    "secondary": ("secondary hospital", "二级医院"),
    "tertiary": ("tertiary hospital", "三级医院"),
    "county": ("in the county", "县域内"),
    "pool": ("in the pool", "统筹区内"),
    "away": ("out of area", "异地"),
    "low_income": ("low income", "低保对象"),
    "special_hardship": ("special hardship", "特困人员"),
}
MARKS = {
    "referred": ("referred", "经转诊"),
    "emergency": ("emergency", "急诊"),
    "filed": ("filed", "已备案"),
    "contract": ("family-doctor contract", "家庭医生签约"),
}
RULES = {
    "out_of_catalogue": ("share outside the catalogue", "目录外比例"),
    "prior_payment": ("prior payment", "先行自付比例"),
    "deductible": ("deductible", "起付线"),
    "repeat_deductible": ("deductible of repeat stays", "再次住院起付线"),
    "reimbursement_rate": ("rate", "支付比例"),
    "retiree_bonus": ("retirees' bonus", "退休人员提高比例"),
    "unreferred_cut": ("cut without referral", "未转诊降低比例"),
    "out_of_area_cut": ("cut out of area", "异地降低比例"),
    "annual_cap": ("cap of the year", "年度限额"),
    "contract_waives_deductible": ("waiver by contract", "签约免起付线"),
}
TITLE = ("Settlement of a medical bill, CNY", "医疗费用结算单（单位：元）")
RULES_OF = ("Rules: {} ({}), in force on {}", "适用政策：{}（{}），{} 执行")
PATIENT = (
    "Borne by the patient: {:,.2f} = {:,.2f} - {:,.2f}",
    "个人负担总额：{:,.2f} = {:,.2f} - {:,.2f}",
)
RATIOS = (
    ("Paid by insurance within the policy range: {}", "政策范围内支付比例：{}"),
    ("Paid by funds of the whole charge: {}", "实际支付比例：{}"),
)
NOT_CLAIMED = ("not claimed: no fund pays", "未申报结算，基金不支付")
OPEN_STATUS = ("Not verified or assumed: ", "未核实或假设：")
CHINESE = "zh"
LANGUAGES = ("en", CHINESE)


def bill_text(
    book: RuleBook, claim: Claim, language: str = "en", year: YearToDate | None = None
) -> str:
    """The bill with every line of the national record and the sum behind it, CNY.

    year: one row, the patient's calendar year so far; by default nothing has happened yet.
    """
    tongue = int(language == CHINESE)
    year = year or YearToDate.zeros(1)
    amounts = in_cny(settle_claim(book, claim, year))
    notes = Notes(_rules(book, claim), claim, year, amounts, tongue).by_line()
    width = max(_columns("  " * indent + label[tongue]) for _, indent, label in LINES)
    rows = [*_heading(book, claim, tongue), ""]
    for name, indent, label in LINES:
        title = "  " * indent + label[tongue]
        gap = " " * (width - _columns(title))
        row = f"{title}{gap}  {name:<18}{amounts[name]:>14,.2f}  {notes.get(name, '')}"
        rows.append(row.rstrip())
    return "\n".join([*rows, "", *_ratios(amounts, tongue), *_reservations(book, claim, tongue)])


def _heading(book: RuleBook, claim: Claim, tongue: int) -> list[str]:
    title = book.title.zh if tongue else book.title.en
    words = [claim.scheme, claim.service, claim.tier, claim.area, claim.assistance]
    parts = [WORDS[word][tongue] for word in words if word in WORDS]
    parts += [mark[tongue] for name, mark in MARKS.items() if getattr(claim, name)]
    if not claim.claimed:
        parts.append(NOT_CLAIMED[tongue])
    day = claim.date or book.changes[0]
    return [
        TITLE[tongue],
        RULES_OF[tongue].format(title, book.id, day),
        ("，" if tongue else ", ").join(parts),
    ]


def _ratios(amounts: dict[str, float], tongue: int) -> list[str]:
    """The patient's part, and the two ratios that claims offices compare.

    Assistance is not counted in the first ratio.
    """
    charge, funds = amounts["medfee_sumamt"], amounts["fund_pay_sumamt"]
    scheme = sum(amounts[name] for name in ("hifp_pay", "hifmi_pay", "hifob_pay"))
    shares = ((scheme, amounts["inscp_scp_amt"]), (funds, charge))
    said = [PATIENT[tongue].format(charge - funds, charge, funds)]
    for label, (paid, whole) in zip(RATIOS, shares, strict=True):
        if whole:
            percent = f"{paid / whole * 100:.1f}{'' if tongue else ' '}%"
            said.append(label[tongue].format(percent))
    return said


def _reservations(book: RuleBook, claim: Claim, tongue: int) -> list[str]:
    """Which statements behind the bill nobody has checked."""
    rules, bills = _rules(book, claim), claim.bills()
    if claim.scheme == Scheme.NONE.word or not claim.claimed:
        return []
    benefit = Benefit(int(benefit_of(rules.has_drug_benefit, bills)[0]))
    prefix = f"{claim.scheme}.{benefit.word}."
    loose = [
        RULES[path.removeprefix(prefix)][tongue]
        for path, said in rules.statements.items()
        if path.startswith(prefix) and said.status in ("unverified", "assumed")
    ]
    return ["", OPEN_STATUS[tongue] + ("、" if tongue else ", ").join(loose)] if loose else []


def _rules(book: RuleBook, claim: Claim) -> Rules:
    return book.on(claim.date or book.changes[0])


def _columns(text: str) -> int:
    """Width on a terminal, where Chinese characters take two columns."""
    return sum(2 if east_asian_width(letter) in "WF" else 1 for letter in text)
