r"""Equality of mathematical answers as LLMRouterBench grades them (reference, section 6.2), for the compat verdicts.

Right is what either of two normalisers calls equal: the string one, or the symbolic one. Both follow the widely used
pair of graders of the MATH data set; expressions are parsed here, never evaluated.
"""

import re

from tasks.score.arithmetic import symbolic

_UNITS = (
    *("degree", "cm", "centimeter", "meter", "mile", "second", "minute", "hour", "day", "week", "month", "year"),
    *("foot", "feet", "inch", "yard"),
)
_UNIT = re.compile(rf"(?:{'|'.join(_UNITS)})(?:es)?s? *(?:\^[0-9]+)?")
_POWERS = (("million", "*10^6"), ("billion", "*10^9"), ("trillion", "*10^12"))
_SIGNS = {"√": "sqrt", "π": "pi", "∞": "inf", "∪": "U", "·": "*", "×": "*"}
_COMMANDS = {  # others are dropped
    **{"pi": "pi", "infty": "inf", "cup": "U", "cdot": "*", "times": "*", "div": "÷", "sqrt": "sqrt", "pm": "±"},
    **{"ne": "≠", "neq": "≠", "ge": "≥", "geq": "≥", "le": "≤", "leq": "≤", "mid": "|", "in": "∈", "approx": "≈"},
    **{"ldots": "…", "dots": "…", "cdots": "…", "to": "→", "equiv": "≡", "cap": "∩", "circ": "∘", "forall": "∀"},
    **{"alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "theta": "θ", "lambda": "λ", "mu": "μ", "sigma": "σ"},
}
_BRACKETS = "()[]"
_THOUSANDS = re.compile(r"(?<=\d),(?=\d\d\d(?:\D|$))")
_PLAIN_FRACTION = re.compile(r"-?[0-9]+\.?/0*[1-9][0-9]*\.?")
_TOO_HARD = re.compile(r"\^\{|\^\(|\^[0-9]+\^|\^[0-9][0-9]+")


def same(answer: str, truth: str) -> bool:
    """Whether the reference's grader calls an answer right; an empty one never is."""
    if not answer.strip():
        return False
    return spelled(answer) == spelled(truth) or _same_values(_plain(answer), _plain(truth))


def spelled(text: str) -> str:
    """The string normaliser: LaTeX of one spelling, without spaces and units."""
    text = text.strip()
    wrapped = re.fullmatch(r"\\text\{(.+?)\}", text)
    text = wrapped[1] if wrapped else text
    for dropped in ("\n", "\\!", "\\left", "\\right", "^{\\circ}", "^\\circ", "\\$", "\\%", "%"):
        text = text.replace(dropped, "")
    text = text.replace("\\\\", "\\").replace("tfrac", "frac").replace("dfrac", "frac")
    head, unit, _ = text.partition("\\text{ ")
    text = head if unit else text
    text = text.replace(" .", " 0.").replace("{.", "{0.")
    text = "0" + text if text.startswith(".") else text
    sides = text.split("=")
    if len(sides) == 2 and len(sides[0]) <= 2:
        text = sides[1]
    text = re.sub(r"\\sqrt\s*([^\s{])", r"\\sqrt{\1}", text).replace(" ", "")
    text = re.sub(r"\\frac([^{])([^{])", r"\\frac{\1}{\2}", text)
    text = re.sub(r"\\frac([^{])\{", r"\\frac{\1}{", text)
    text = "\\frac{1}{2}" if text == "0.5" else text
    return re.sub(r"^(-?\d+)/(-?\d+)$", r"\\frac{\1}{\2}", text)


def _plain(text: str) -> str:
    """The symbolic route's normaliser: plain text in lower case, without spaces and braces."""
    wrapped = re.fullmatch(r"\\text\{(.+?)\}", text.strip())
    text = wrapped[1] if wrapped else text
    for dropped in ("\\%", "\\$", "$", "%"):
        text = text.replace(dropped, "")
    text = text.replace(" or ", " , ").replace(" and ", " , ")
    for word, power in _POWERS:
        text = text.replace(word, power)
    text = re.sub(r"\^ *\\circ", "", _UNIT.sub("", text))
    if len(text) > 1 and text[0] == "{" and text[-1] == "}":
        text = text[1:-1]
    text = _whole(re.sub(r",\\! *", "", text))
    text = _without_latex(text) if "\\" in text else text
    text = re.sub(r"- *", "-", text)
    text = re.sub(r"([0-9]) +([0-9])", r"\1+\2", text)
    text = text.replace(" ", "").replace("{", "").replace("}", "").lower()
    return _whole(_THOUSANDS.sub("", text) if _is_whole(text) else text)


def _whole(text: str) -> str:
    """A number without a fractional part, as an integer; other texts as they are."""
    try:
        number = float(text)
    except ValueError:
        return text
    return str(int(number)) if abs(number) < 1e15 and number.is_integer() else text


def _is_whole(text: str) -> bool:
    return re.fullmatch(r"-?\d+(?:\.0*)?", _THOUSANDS.sub("", text)) is not None


def _without_latex(text: str) -> str:
    text = text.replace("tfrac", "frac").replace("dfrac", "frac").replace("\\frac", " \\frac")
    for _ in range(4):  # inner ones first
        text = re.sub(r"\\frac\s*\{([^{}]*)\}\s*\{([^{}]*)\}", r"\1/\2", text)
        text = re.sub(r"\\sqrt\s*\{([^{}]*)\}", r"sqrt(\1)", text)
        text = re.sub(r"\\(?:text\w*|mathrm|mathbf|mbox)\s*\{([^{}]*)\}", r"\1", text)
    text = re.sub(r"\\frac\s*(\d)\s*(\d)", r"\1/\2", text)
    text = re.sub(r"\\([A-Za-z]+)", lambda found: _COMMANDS.get(found[1], ""), text)
    for sign, plain in _SIGNS.items():
        text = text.replace(sign, plain)
    return text.replace("\\", "").strip()


def _same_values(given: str, wanted: str) -> bool:
    if given == wanted:
        return True
    if not given or not wanted:
        return False
    parts, true_parts = _elements(given), _elements(wanted)
    if len(true_parts) > 1 and (given[0] != wanted[0] or given[-1] != wanted[-1]):
        return False
    return len(parts) == len(true_parts) and all(map(_same_element, parts, true_parts))


def _elements(text: str) -> list[str]:
    text = _THOUSANDS.sub("", text)
    inner = text[1:-1]
    if len(text) > 2 and text[0] in _BRACKETS and text[-1] in _BRACKETS and not set(inner) & set(_BRACKETS):
        return [part.strip() for part in inner.split(",")]
    return [text]


def _same_element(given: str, wanted: str) -> bool:
    if _PLAIN_FRACTION.fullmatch(given) and _PLAIN_FRACTION.fullmatch(wanted):
        return given == wanted
    if _is_whole(given) != _is_whole(wanted):
        return False
    return _same_expression(given, wanted)


def _same_expression(given: str, wanted: str) -> bool:
    both = f"({wanted})-({given})"
    letters = {sign for sign in both.replace("sqrt", "").replace("frac", "") if sign.isalpha()}
    if len(letters) > 2 or _TOO_HARD.search(both):
        return False
    try:
        import sympy

        return bool(sympy.simplify(symbolic(both)) == 0)
    except (ValueError, TypeError, ArithmeticError, AttributeError, RecursionError):
        return False
