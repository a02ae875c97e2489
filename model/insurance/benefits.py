"""The words of insurance beside those of `model.terms`."""

from model.terms import Word

NO_LIMIT = 2**50  # fen; more than any sum of bills, small enough to be added to


class Benefit(Word):
    """What a bill is settled under: the services of `terms.Service`, and RBMI's own drug benefit.

    Chronic bills for hypertension or diabetes fall under the last where the scheme has it.
    """

    OUTPATIENT = 0
    CHRONIC = 1
    INPATIENT = 2
    MATERNITY = 3
    PHARMACY = 4
    HYPERTENSION_DIABETES = 5


class Category(Word):
    """Category of medical assistance; `True` in an array of Bools counts as low income."""

    NONE = 0
    LOW_INCOME = 1
    SPECIAL_HARDSHIP = 2


class AccountPays(Word):
    """What of a bill's remainder the individual account may pay."""

    NOTHING = 0
    IN_CATALOGUE = 1
    EVERYTHING = 2
