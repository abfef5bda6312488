r"""One spelling for a mathematical answer, and whether two of them mean the same.

Cheap comparisons come first; math-verify (SymPy) is asked only when they cannot tell. It has no time limit of its own
here: it may only be called inside a worker process that can be killed (`tasks.score.isolate`).
"""

import re
from dataclasses import replace
from functools import lru_cache
from itertools import accumulate
from math import gcd
from typing import Any

from tasks.score import arithmetic
from tasks.score.bounds import ascending, union
from tasks.score.extract import normal_text
from tasks.score.labels import CHANGING, asked_value, without_label
from tasks.score.numbers import canonical_number, only_number, parse_number, same_number
from tasks.score.spelling import undressed
from tasks.score.units import of_units

_WORD = re.compile(r"(?<![\\\w])[^\W\d_]{3,}(?![\w(])")
_NOT_WORDS = {"and", "sin", "cos", "tan", "log", "sqrt", "exp", "max", "min", "mod", "gcd", "lcm", "abs", "inf"}
_NAMED = re.compile(r"\s*([A-Za-z]|\\[a-z]+)\s*=([^=]+)$")
_BETWEEN = re.compile(r"(?:\s*,)?\s+(?:and|or)\s+")
_COMMANDS = r"\\(?:frac|sqrt|binom|[lr](?:floor|ceil)|pi|circ|log|ln|sin|cos|tan|div)(?![A-Za-z])"
_STEPS = re.compile(
    rf"^(?:.*=.*|(?:[^=A-Za-z\\]|{_COMMANDS})*|\\i?int(?![A-Za-z])[^=]*)="
)  # sums and chains that lead to a result, but not an equation in x
_WORDED = re.compile(  # words whose value follows: 12% of 50 = 6; with a letter by itself, an equation
    rf"^(?=[^=]*=[^=]+$)(?!(?=[^=\d]*=)[^=\d]*{CHANGING})(?![^=]*(?<![A-Za-z\\])[b-zB-Z](?![A-Za-z]))"
    r"[^=]*(?<![A-Za-z\\])(?:of|[A-Za-z]{4,})(?![A-Za-z(_])[^=]*="
)
_BASED = re.compile(
    r"^\(?(\d[\dA-Fa-f]*)\)?(?:_\{?\(?|\(?(?:in)?base)(\d+|two|three|four|five|six|seven|eight|nine|ten|twelve|sixteen)\)?\}?$"
)
_BASES = {
    "two": "2",
    "three": "3",
    "four": "4",
    "five": "5",
    "six": "6",
    "seven": "7",
    "eight": "8",
    "nine": "9",
    "ten": "10",
    "twelve": "12",
    "sixteen": "16",
}
_PLAIN_UNIT = re.compile(  # a letter is one only behind a space or as text: 3t may be a product
    r"(?:(?<=[\d\s})])|(?<=\\[,;:]))(?:(?:sq(?:uare)?|cubic)\.?\s+)?(?:[ckm]m|[km]g|ft|feet|foot|inch(?:es)?|mph|[ap]\.?m|"
    r"(?:unit|degree|cent|dollar|year|month|week|day|yard|mile|(?:centi|kilo)?met(?:er|re)|lit(?:er|re)|lb|ho?u?r"
    r"|min(?:ute)?|sec(?:ond)?)s?)(?:\^\{?[23]\}?|[²³])?\.?$"
    r"|(?<=\d)\$?(?:(?:\s|~|\\[,;: ])+[mshgl](?:\^\{?[23]\}?|[²³])?|\\(?:text|mathrm)\s*\{\s*[mshgl]\s*\})\.?$"
)
_RATIO = re.compile(r"\d{1,9}(?: ?: ?\d{1,9}){2,9}")
_HALF_DAY = re.compile(r"(?<=\d)[ap]m$")
_LETTERED = re.compile(r"^\(([A-J])\) *([-\d\\](?:(?!\([A-J]\)).)*)$")
_SUM = re.compile(r"\\(?:sum|prod)_\{[a-z]=-?\d{1,2}\}\^(?:\{\d{1,2}\}|\d)")  # is no equation; longer ones take minutes
_FAR = 2000  # digits at which two exact numbers must still be one
_DEEPEST = 20  # brackets in brackets; the library's parser takes seconds for more, as for longer texts
_LONGEST = 600
_REPEATED = re.compile(r"([^\w\s])\1{20}|(?:_[^\W_]){3}")  # the parser's time is a power of an index's indices, too
_SIGN = re.compile(r"\\pm(?![A-Za-z])")
# What the library would misread: dots, numbers apart (5 6 would be 56), and integrals, which take it minutes.
_UNREAD = re.compile(r"\\(?:ldots|i*int)(?![A-Za-z])|(?<![\w^{}.])\d+\s+\d")
_PAIRS = {"(": ")", "[": "]", "{": "}"}


def canonical(text: str) -> str:
    r"""The canonical form of a mathematical answer: equal strings mean equal answers.

    Numbers become lowest terms (0.5, 1/2 and \frac{1}{2} are "1/2", 50\% is "50"); LaTeX sizing, spaces and a leading
    "x =" go; sets and bare lists are sorted, ordered tuples and intervals are not; words are lower-case.
    """
    value = parse_number(text)
    if value is not None:
        return canonical_number(value)
    text = ascending(without_label(undressed(text)))
    value = parse_number(_WORDED.sub("", _STEPS.sub("", text)))
    if value is None and "=" in text:  # 512 = 2^9
        result, _, steps = text.partition("=")
        first = parse_number(result)
        value = first if first is not None and arithmetic.value(steps) == first else None
    if value is not None:
        return canonical_number(value)
    if _RATIO.fullmatch(text):
        return _lowest(text)
    if based := _based(text) or _based(_STEPS.sub("", text)):
        return "_".join(based)
    if is_prose(text):
        value = only_number(text)
        return normal_text(re.sub(r"\s*,\s*", ", ", text)) if value is None else canonical_number(value)
    opening, parts, closing = _elements(_BETWEEN.sub(",", text))
    if opening == "{" and len(parts) == 1 and parts[0].startswith("("):
        return canonical(parts[0])
    if len(parts) > 1:
        spelled = [canonical(part) for part in parts]
        return opening + ",".join(sorted(spelled) if opening in {"", "{"} else spelled) + closing
    return re.sub(r"(?<!\d)\s+|\s+(?!\d)", "", text)


@lru_cache(maxsize=1 << 16)
def equivalent(answer: str, truth: str) -> bool:
    """Whether an answer means the same as the truth; may run for ever on hostile input."""
    if of_units(answer, truth) is None:  # 5 cm and 5 kg
        return False
    named = _named_values(answer), _named_values(truth)
    if all(named) and named[0].keys() == named[1].keys():
        return all(equivalent(value, named[1][name]) for name, value in named[0].items())
    spelled = [undressed(text) for text in (answer, truth)]
    halves = {text[-2:] for text in spelled if _HALF_DAY.search(text)}
    if len(halves) == 2:
        return False
    if halves and not all(map(_HALF_DAY.search, spelled)):  # one of them does not say which
        return equivalent(*(_HALF_DAY.sub("", text) for text in spelled))
    unions = [union(text) for text in spelled]
    if (unions[0] is None) != (unions[1] is None):
        return equivalent(unions[0] or answer, unions[1] or truth)
    lettered = _LETTERED.match(spelled[0])
    if lettered and not _LETTERED.match(spelled[1]):  # an option, by its letter and its value
        return equivalent(lettered[1] if re.fullmatch(r"\(?[A-J]\)?", spelled[1]) else lettered[2], truth)
    numeric = same_number(answer, truth)
    if numeric is not None:
        return numeric
    given, wanted = canonical(answer), canonical(truth)
    if given == wanted:
        return True
    lists = [(opening, len(parts)) for opening, parts, _ in map(_elements, (given, wanted)) if len(parts) > 1]
    if {opening for opening, _ in lists} == {"(", "{"}:
        return False  # an order, and none
    if len({n for opening, n in lists if not opening}) > 1 and "\\pm" not in given + wanted:
        return False  # the library would drop what is said twice
    if _RATIO.fullmatch(given) and _RATIO.fullmatch(wanted):  # 1:2:3 is no 1/2/3
        return False
    if _based(given) or _based(wanted):  # the library would drop the base
        return _same_digits(given, wanted)
    if is_prose(answer) or is_prose(truth):
        return False
    if _is_equation(answer) and _is_equation(truth):
        return _symbolically(answer, truth) if "=" in given and "=" in wanted else _same_solutions(answer, truth)
    if len({"=" in _SUM.sub("", text) for text in (given, wanted)}) > 1:  # math-verify would compare the right side
        value = None if "=" in wanted or _has_letters(wanted) else asked_value(undressed(answer))
        return value is not None and equivalent(value, truth)
    if _symbolically(without_label(undressed(answer)), without_label(undressed(truth))):
        return True
    bare = [_PLAIN_UNIT.sub("", text) for text in (answer, truth)]
    factor, number = of_units(answer, truth), parse_number(bare[0])
    if factor not in (None, 1):
        return number is not None and same_number(canonical_number(number * factor), bare[1]) is True
    return bare != [answer, truth] and equivalent(*bare)


def _named_values(text: str) -> dict[str, str]:
    """Value by name of a list of several unknowns (x = 3, y = -1), which a bare list of values would mix up."""
    parts = _elements(_BETWEEN.sub(",", undressed(text)))[1]
    found = {found[1]: found[2] for part in parts if (found := _NAMED.match(part))}
    return found if 1 < len(found) == len(parts) else {}


def is_prose(text: str) -> bool:
    """Whether an answer is words rather than an expression: symbolic comparison has nothing to say about it."""
    words = [word for word in _WORD.findall(undressed(text)) if word.casefold() not in _NOT_WORDS]
    return len(words) > 2 or (bool(words) and not any(sign.isdigit() for sign in text))


def load_math_verify() -> Any:
    """The symbolic comparison's library, quiet about the time limits that the worker process enforces."""
    import logging

    import math_verify

    logging.getLogger("math_verify").setLevel(logging.CRITICAL)
    logging.getLogger("latex2sympy2_extended").setLevel(logging.CRITICAL)
    return math_verify


def _symbolically(answer: str, truth: str) -> bool:
    library = load_math_verify()
    wanted, given = (_parsed(text) for text in (truth, answer))
    if not wanted or not given:
        return False
    same = library.verify(wanted, given, allow_set_relation_comp=True, timeout_seconds=None)
    return bool(same) and not _apart(wanted[0], given[0])


def _parsed(text: str) -> list[Any]:
    """What the library reads in the whole text; nothing where it could read only a part of it."""
    if len(text) > _LONGEST or _REPEATED.search(text) or _UNREAD.search(text) or _depth(text) > _DEEPEST:
        return []
    if not _balanced(undressed(text)):
        return []
    library = load_math_verify()
    units = replace(library.LatexExtractionConfig().normalization_config, units=False)  # it takes 2t and 2ab for 2
    config = [library.LatexExtractionConfig(normalization_config=units)]  # the other one finds a number in anything
    text = undressed(text)
    if text.count("\\pm") == 1 and "," not in text:
        text = ",".join(_SIGN.sub(sign, text) for sign in "+-")
    parsed: list[Any] = library.parse(
        f"${text}$", extraction_config=config, fallback_mode="no_fallback", parsing_timeout=None
    )
    return [_complex(one) for one in parsed]


def _complex(expression: Any) -> Any:
    """A number in which the library reads i as a name, with the imaginary unit."""
    from sympy import Expr, I

    names = expression.free_symbols if isinstance(expression, Expr) else set()
    number = {str(name) for name in names} == {"i"}
    return expression.subs(dict.fromkeys(names, I)).expand(complex=True) if number else expression


def _lowest(ratio: str) -> str:
    parts = [int(part) for part in ratio.split(":")]
    return ":".join(str(part // (gcd(*parts) or 1)) for part in parts)


def _depth(text: str) -> int:
    signs = (1 if sign in "([{" else -1 for sign in text if sign in "([{)]}")
    return max(map(abs, accumulate(signs)), default=0)


def _apart(wanted: Any, given: Any) -> bool:
    """Whether two expressions have different values at a point: the library rounds values to six decimals."""
    from sympy import Expr, Float, Rational, binomial, factorial

    if not (isinstance(wanted, Expr) and isinstance(given, Expr)):
        return False
    names = sorted(wanted.free_symbols | given.free_symbols, key=str)
    counts = wanted.has(factorial, binomial) or given.has(factorial, binomial)  # of whole numbers only
    point = {name: Rational(2 * place + 3, 1 if counts else 7) for place, name in enumerate(names)}
    try:
        left, right = wanted.subs(point), given.subs(point)
        distance = abs(left - right).evalf(15, maxn=_FAR)
        if not distance.is_Float or distance == 0 or distance._prec == 1:  # no number, or none of its digits is known
            return False
        return not (left.has(Float) or right.has(Float)) or bool(distance > abs(left).evalf() / 10**6)
    except (TypeError, ValueError, ArithmeticError, AttributeError):
        return False


def _same_solutions(answer: str, truth: str) -> bool:
    """Whether two equations in the same unknowns, at least two, are multiples of each other."""
    import sympy

    sides = [parsed[0] for text in (answer, truth) if (parsed := _parsed(text)) and hasattr(parsed[0], "lhs")]
    if len(sides) < 2 or len(names := sides[0].free_symbols) < 2 or names != sides[1].free_symbols:
        return False
    if not all(isinstance(side, sympy.Equality) for side in sides):
        return False
    ratio = sympy.simplify((sides[0].lhs - sides[0].rhs) / (sides[1].lhs - sides[1].rhs))
    return bool(ratio.is_number and ratio.is_finite and ratio != 0)


def _is_equation(text: str) -> bool:
    text = undressed(text)
    return text.count("=") == 1 and "," not in text


def _has_letters(text: str) -> bool:
    return re.search(r"[A-Za-z]", re.sub(r"\\[A-Za-z]+", "", text)) is not None


def _based(text: str) -> tuple[str, str] | None:
    """Digits and base of a number with a base (2534_6, 101_{two}); None for others."""
    found = _BASED.match(text.replace(" ", ""))
    return (found[1].casefold(), _BASES.get(found[2], found[2])) if found else None


def _same_digits(given: str, wanted: str) -> bool:
    """Whether digits agree, and bases where both are told."""
    left, right = _based(given), _based(wanted)
    if left and right:
        return left == right
    return (left[0] if left else given.casefold()) == (right[0] if right else wanted.casefold())


def _elements(text: str) -> tuple[str, list[str], str]:
    """Opening bracket, elements between top-level commas, closing bracket."""
    opening = closing = ""
    if text and text[0] in _PAIRS and text[-1] in ")]}" and _balanced(text[1:-1]):
        opening, text, closing = text[0], text[1:-1], text[-1]
    parts, depth, start = [], 0, 0
    for place, sign in enumerate(text):
        depth += (sign in "([{") - (sign in ")]}")
        if sign == "," and depth == 0:
            parts.append(text[start:place].strip())
            start = place + 1
    return opening, [*parts, text[start:].strip()], closing


def _balanced(text: str) -> bool:
    depth = 0
    for sign in text:
        depth += (sign in "([{") - (sign in ")]}")
        if depth < 0:
            return False
    return depth == 0
