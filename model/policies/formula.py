"""Values of a change: numbers, levers, and sums and products of them, and nothing else."""

import ast
import operator
from collections.abc import Callable, Mapping

from model.mistakes import in_file
from model.terms import InputError

_TWO: dict[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}


def evaluate(formula: str | float, levers: Mapping[str, float], file: object = None) -> float:
    """The value of a formula such as `1 - 0.55 * share`.

    >>> evaluate("-gap / 2", {"gap": 0.1})
    -0.05
    """
    if isinstance(formula, int | float):
        return float(formula)
    try:
        return _value(ast.parse(formula, mode="eval").body, levers)
    except (SyntaxError, KeyError, ValueError, ZeroDivisionError) as error:
        told = f"no lever is called {error}" if isinstance(error, KeyError) else error
        allowed = f"numbers, + - * / and the levers {', '.join(levers)}"
        wrong = InputError(f"formula {formula!r}: {told}", allowed=allowed, keys=(formula,))
        raise in_file(wrong, file) from error


def _value(node: ast.expr, levers: Mapping[str, float]) -> float:
    match node:
        case ast.Constant(value=int() | float() as number):
            return float(number)
        case ast.Name(id=name):
            return levers[name]
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return -_value(operand, levers)
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _TWO:
            return _TWO[type(op)](_value(left, levers), _value(right, levers))
    raise ValueError("not a sum or product of levers and numbers")
