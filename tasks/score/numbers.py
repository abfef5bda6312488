r"""Read a number out of an answer, exactly: 1/2, 0.5, \frac{1}{2}, 1 1/2, 1,234, $5, 12 cm, 50\%, 1.2e5, 3 million."""

import re
from fractions import Fraction

from tasks.score.latex import without_style
from tasks.score.signs import plain_signs
from tasks.score.units import of_units

_LONGEST = 400
_PLAIN = r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+\.?\d*|\.\d+"
_ANYWHERE = re.compile(rf"(?<![\w.])-?(?:{_PLAIN})(?![\w^]|\.\d)")
_FULL_HOUR = re.compile(r"\b(\d{1,2}):00\b")
_LEADING = re.compile(r"^(?:[$€£¥₹]|USD|US\$|\\\$|\\pounds(?![a-z])|Rs\.?(?=\s*\d))\s*", re.IGNORECASE)
_PERCENT = re.compile(r"\s*(?:\\?%|per\s?cent|percent)\s*$", re.IGNORECASE)
_NUMBERED = re.compile(r"\d+[.)]\s")
_SCALE = {"hundred": 2, "thousand": 3, "million": 6, "billion": 9, "trillion": 12}
_ONES = (
    "zero|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen"
    "|seventeen|eighteen|nineteen"
)
_TENS = "twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety"
_IN_WORDS = {name: n for n, name in enumerate(_ONES.split("|"))} | {
    f"{ten}-{one}" if n else ten: 10 * place + n
    for place, ten in enumerate(_TENS.split("|"), 2)
    for n, one in enumerate(_ONES.split("|")[:10])
}
_NOT_A_UNIT = {
    "pi",
    "sqrt",
    "frac",
    "sin",
    "cos",
    "tan",
    "cot",
    "sec",
    "csc",
    "log",
    "ln",
    "exp",
    "inf",
    "infty",
    "infinity",
    "mod",
    "or",
    "and",
    "to",
    "theta",
    "alpha",
    "beta",
    "gamma",
    "phi",
    "times",
    "base",
    "half",
    "over",
    "plus",
    "minus",
    "less",
    "divided",
}
# Glued to the number, letters are a product of variables (2ab) unless they are one of these.
_GLUED_UNIT = {
    "cm",
    "mm",
    "km",
    "kg",
    "mg",
    "lb",
    "lbs",
    "oz",
    "ml",
    "ft",
    "mph",
    "kph",
    "hr",
    "hrs",
    "min",
    "mins",
    "sec",
    "secs",
    "am",
    "pm",
    "st",
    "nd",
    "rd",
    "th",
    "usd",
    "cents",
    "degrees",
}
_FREQUENCY = re.compile(
    r"times(?:\s+(?:an?|per|each|every)\s+(?:(?:second|minute|hour|day|night|week|month|quarter|year|decade)\b.*|other\s+day))?",
    re.IGNORECASE,
)
_BOUND = re.compile(r"if|for|is|no|not|all|am|pm|at|than|least|most|more|less|fewer")
_OPERATION = re.compile(r"squared|cubed|factorial|(?:third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|hundredth)s?")
_CHANGED = re.compile(  # a number of which something else is said, or which is no answer
    r"(?:[<≤≥≠±]|(?<![-=])>|\\(?:[lg]eq?|neq?|pm)(?![a-z]))\s*\$?\d"
    r"|\b(?:between|divisible\s+by)\b|\b(?:except|but|first|last)\s+\d"
    r"|\b(?:at\s+(?:least|most)|(?:less|more|fewer|greater|other)\s+than|up\s+to|not|never|minus|negative|twice|double|triple|half(?:\s+of)?|over|under"
    r"|(?:roots?|cube|square|multiples?|factors?|divisors?|powers?|factorial|log(?:arithm)?|third|quarter|fifth|tenth"
    r"|reciprocal|inverse|opposite|absolute\s+value)\s+of)\s+(?:(?:a|the|or|equal|to|exactly|number|about|around|roughly|approximately|nearly|quite|even)\s+){0,4}[$-]?\d"
    rf"|\d\s+(?:{_OPERATION.pattern})\b|\d\s+and\s+(?:a|one|three)[\s-](?:half|third|quarter)|\d\s+or\s+(?:more|less|fewer|greater)\b",
    re.IGNORECASE,
)
_UNIT = re.compile(
    r"(?<=[\d.})\s])(\s*)([A-Za-z]{2,}(?:(?:\s*/\s*|\s+)(?:a\s+)?[A-Za-z]{2,}){0,3})\.?(?:\^\{?[23]\}?|[²³])?$"
)
_SYMBOL = r"(?:[A-Za-zµμΩÅ]{1,3}|[a-z]{4,}|°C|\\Omega)\.?(?:\^\{?-?\d\}?|[²³])?"
_JOINED = re.compile(r"\}(\^\{?-?\d\}?)?\s*(\\cdot|/|\\,|~)\s*\\(?:text|mathrm)\s*\{")  # \mathrm{kg}\cdot\mathrm{m}
_GREEK_UNIT = re.compile(
    r"(?<=[\w.})])(?:\\[,;: ]|~|\s)+(?:\\mu\s*\\(?:text|mathrm)\s*\{\w{1,2}\}|(?:\\mathrm\s*\{\w\})?\\Omega)$"
)
_WRITTEN_UNIT = re.compile(  # set apart from its number, as a product of variables is not
    r"(?<=[\w.})])(?:(?:(?:\\[,;: ]|~|\s|\\q?quad(?![a-z]))+\\(?:text|textrm|textup|mathrm|mbox|rm)\s*\{[\s~]*|"
    r"\\(?:text|textrm|mbox)\s*\{(?:\s|\\[,;: ]|~)+)"
    rf"({_SYMBOL}(?:(?:\s|/|·|\*|\\[,;: ]|\\cdot(?![a-z]))+{_SYMBOL}){{0,3}})"
    r"\s*\}(?:\s*\^\s*\{?-?\d\}?)?"
    r"|\^\s*\{?\\circ\}?\s*(?:\\(?:text|mathrm)\s*\{\s*)?[CF]\}?)$"
)
_COMMA_DECIMAL = re.compile(r"(?<![\d.,])(\d+|\d{1,3}(?:\.\d{3})+),(\d{1,2}|\d{4,})(?![\d.,]*\d)")
_FRACTION = re.compile(rf"^({_PLAIN})\s*/\s*({_PLAIN})$")
_MIXED = re.compile(r"^(\d+)\s+(\d+)\s*/\s*(\d+)$")
_POWER = re.compile(
    rf"^({_PLAIN})\s*(?:[eE]\s*|(?:\\times|\\cdot|\*|x|×)\s*10\s*(?:\^|\*\*)\s*\{{?)([+-]?\d{{1,3}})\}}?$"
)
_LATEX_FRACTION = re.compile(r"\\[dtc]?frac\s*(?:\{\s*(-?[\d.,]+)\s*\}|(\d))\s*(?:\{\s*(-?[\d.,]+)\s*\}|(\d))")
_WRAPPER = re.compile(r"\\(?:text|mathrm|mathbf|textbf|mbox|operatorname)\s*\{([^{}]*)\}")
_THIN = re.compile(r"\\[!,]")
_REMARK = re.compile(  # that leaves the number what it is
    r"(?<=\d)\s+\((?![^)]*\b(?:not|nope|no|or|mod|if|base|false|wrong|minus|negative|plus|times|over|pi|half|squared|cubed|factorial|dozen|up|least|most|more|less|per"
    rf"|{'|'.join(_SCALE)})\b)\s*[A-Za-z]{{2,}}(?:[\s.,]+[A-Za-z]+){{0,3}}[\s.]*\)$",
    re.IGNORECASE,
)
_AGAIN = re.compile(r"^([^()]+?)\s+\((?:or|i\.e\.,?|=|(≈|~|approximately|approx\.?|about))?\s*([^()]+)\)$")
_NEGATIVE = re.compile(rf"^(?:minus|negative)\s+(?=[\d.$\\]|(?:{_ONES}|{_TENS})\b)", re.IGNORECASE)
_REPEATING = re.compile(r"^(\d*)\.(\d*)\\(?:overline|bar|dot)\s*\{?(\d+)\}?$")
_NOISE = re.compile(
    r"\\[;: ]|\\left|\\right|\\(?:d|q)?quad|\^\s*\{?\s*\\circ\s*\}?|\\degree|°|\\\(|\\\)|\\\[|\\\]|(?<!\\)\$(?=\s*$)"
    r"|[€£¥₹¢](?=\s*$)|\so['’]clock$|\^\s*\{?\s*(?:st|nd|rd|th)\s*\}?\s*$"
)


def parse_number(text: str) -> Fraction | None:
    """The number that a whole text stands for, exactly; None when it is anything else.

    Currency signs, units in words, degree and percent signs are dropped (`has_percent` tells of the last one);
    thousands separators, mixed numbers, LaTeX fractions, powers of ten and scale words are understood.
    """
    if len(text) > _LONGEST:
        return None
    text = _plain(text)
    sign = 1
    while text[:1] in {"-", "+", "−", "–"}:
        sign *= 1 if text[0] == "+" else -1
        text = _LEADING.sub("", text[1:].strip())
    text = _PERCENT.sub("", text).strip()
    if (named := _IN_WORDS.get("-".join(text.casefold().split()))) is not None:
        return Fraction(sign * named)
    text, scale = _without_unit(text)
    value = _unsigned(text)
    return None if value is None else sign * value * 10**scale


def bare_number(text: str) -> str | None:
    """A text that is a number and nothing else, as it stands; None for any other, "1. Add both." among them."""
    alone = text.lstrip("*`$ \n").rstrip("*`$. \n")
    return None if "\n" in alone or _NUMBERED.match(alone) or parse_number(alone) is None else alone


def without_written_unit(text: str) -> str:
    r"""A text without the unit at its end that LaTeX sets as text: 5\,\mathrm{m/s^2}, 5\text{ N}, 20^\circ\text{C}."""
    if "\\" not in text:
        return text
    text = _GREEK_UNIT.sub("", _JOINED.sub(r"\1\2 ", text))
    found = _WRITTEN_UNIT.search(text)
    if found is None or r"\text" in text[: found.start()]:  # 2\text{ hours }30\text{ minutes}
        return text
    words = re.findall(r"[a-z]+", (found[1] or "").casefold())
    bound = any(_BOUND.fullmatch(word) or word in _NOT_A_UNIT or word in _SCALE for word in words)
    return text if bound else text[: found.start()]


def has_percent(text: str) -> bool:
    """Whether an answer ends in a percent sign (or the word)."""
    return bool(_PERCENT.search(_plain(text)))


def canonical_number(value: Fraction) -> str:
    """The one spelling of a number: an integer, or numerator/denominator in lowest terms."""
    return str(value)


def _plain(text: str) -> str:
    """The text without what only dresses a number up."""
    text = without_style(without_written_unit(plain_signs(text).lstrip("$ ").rstrip("$ .")))
    text = _WRAPPER.sub(r" \1", text.replace("\\$", "$").replace("\\%", "%"))
    text = _NOISE.sub(" ", _THIN.sub("", text)).strip().strip("*_`\"'").strip().rstrip(".,;。\\").strip()
    text = _NEGATIVE.sub("-", _REMARK.sub("", text))
    if (again := _AGAIN.match(text)) and _said_twice(again[1], again[3], rounded=bool(again[2])):
        text = again[1]
    if len(text) > 1 and text[0] == text[-1] == "$":
        text = text[1:-1].strip()
    text = _LATEX_FRACTION.sub(lambda found: f" {found[1] or found[2]}/{found[3] or found[4]} ", text)
    if "\\" not in text and text.count("{") == text.count("}"):
        text = text.replace("{,}", ",").replace("{", "").replace("}", "")
    return _LEADING.sub("", text.strip())


def _said_twice(text: str, again: str, *, rounded: bool) -> bool:
    """Whether a remark says a number once more, perhaps as a percentage; a whole one only where it says so rounded."""
    number, other = parse_number(text), parse_number(again)
    if number is None or other is None:
        return False
    scales = (1, 100, Fraction(1, 100)) if _PERCENT.search(text) or _PERCENT.search(again) else (1,)
    off = abs(number) / 100 if rounded or number.denominator > 1 else 0
    return any(abs(other * scale - number) <= off for scale in scales)


def _without_unit(text: str) -> tuple[str, int]:
    """The text before a trailing unit in words, and the power of ten of a scale word such as million."""
    unit = _UNIT.search(text)
    if unit is None:
        return text, 0
    words = [word.casefold() for word in re.findall(r"[A-Za-z]+", unit[2])]
    glued = not (unit[1] or text[: unit.start()].endswith(" "))
    bound = any(word in _NOT_A_UNIT for word in words) and not _FREQUENCY.fullmatch(unit[2])
    if bound or (glued and words[0] not in _GLUED_UNIT):
        return text, 0
    if _OPERATION.fullmatch(words[0]) or any(word in _SCALE for word in words[1:]) or _NUMBERED.match(text):
        return text, 0
    return text[: unit.start()].strip(), _SCALE.get(words[0], 0)


def _unsigned(text: str) -> Fraction | None:
    if re.fullmatch(_PLAIN, text):
        return _decimal(text)
    if re.fullmatch(r"\d{1,3}(?:\s\d{3})+|\d{1,2}:00", text):  # 1 450 and 5:00
        return _decimal("".join(text.removesuffix(":00").split()))
    if found := _MIXED.match(text):
        return int(found[1]) + Fraction(int(found[2]), int(found[3])) if int(found[3]) else None
    if found := _FRACTION.match(text):
        below = _decimal(found[2])
        return _decimal(found[1]) / below if below else None
    if found := _REPEATING.match(text):
        once = int(found[1] + found[2] or 0)
        return Fraction(int(f"{once}{found[3]}") - once, 10 ** len(found[2]) * (10 ** len(found[3]) - 1))
    if found := _POWER.match(text):
        return _decimal(found[1]) * Fraction(10) ** int(found[2])
    return None


def _decimal(text: str) -> Fraction:
    return Fraction(text.replace(",", "").rstrip("."))


def same_number(answer: str, truth: str) -> bool | None:
    """Whether two texts are the same number; None when either is not a number.

    Integers must be equal; otherwise a relative difference of 1e-6 is allowed. A percentage equals both its number
    and a hundredth of it (50% is 50 and 0.5), because questions ask for either. A decimal comma is read as one where
    the truth is no whole number.
    """
    given, wanted = parse_number(answer), parse_number(truth)
    if given is None and wanted is not None and wanted.denominator > 1:
        given = parse_number(
            _COMMA_DECIMAL.sub(lambda found: f"{found[1].replace('.', '')}.{found[2]}", answer, count=1)
        )
    if given is None or wanted is None:
        return None
    if (factor := of_units(answer, truth)) is None:
        return False
    given *= factor
    if _close(given, wanted):
        return True
    if has_percent(answer) == has_percent(truth):
        return False
    return _close(given / 100, wanted) if has_percent(answer) else _close(given, wanted / 100)


def only_number(text: str) -> Fraction | None:
    """The number a sentence is about: the whole text, what follows its last "=", or the only number in it.

    None where the sentence says something else of that number: at least 5, twice 5, a^5.
    """
    text = _FULL_HOUR.sub(r"\1", text)
    for part in (text, text.rsplit("=", 1)[-1]):
        value = parse_number(part)
        if value is not None:
            return value
    found = {_decimal(number) for number in _ANYWHERE.findall(text[:_LONGEST])}
    changed = "^" in text or _CHANGED.search(_WRAPPER.sub(r"\1", text[:_LONGEST]))
    return found.pop() if len(found) == 1 and not changed else None


def _close(given: Fraction, wanted: Fraction) -> bool:
    if given.denominator == wanted.denominator == 1:
        return given == wanted
    return abs(given - wanted) <= abs(wanted) / 10**6
