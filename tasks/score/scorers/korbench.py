"""KOR-Bench: answers in double square brackets, compared as their rule wants (LLMRouterBench reference, section 6.5).

The question's metadata say which: `category` (logic, operation, puzzle, cipher, counterfactual), `rule_id`, `idx`.
"""

import re
from collections.abc import Callable
from itertools import chain

from tasks.score import arithmetic, published_math
from tasks.score.expressions import equivalent, load_math_verify
from tasks.score.extract import last_boxed, last_stated, own_answer, spoken
from tasks.score.numbers import same_number
from tasks.score.registry import scorer
from tasks.score.verdict import Item, Verdict, graded, no_answer, unjudged

_CATEGORIES = ("logic", "operation", "puzzle", "cipher", "counterfactual")
_SYMBOLIC = frozenset(
    chain(
        (18, 73, 74, 77, 94, 115, 116, 117, 121, 122, 123, 125, 131, 132, 134, 135, 136, 141, 143, 145, 146, 147, 149),
        (*range(151, 157), 160, 161, 162, 164, 165, 166, 170, 206, 209, *range(211, 216), 217, 218),
    )
)
_LONGEST = 400  # of an expression
_DOUBLE = re.compile(r"\[\[((?:(?!\[\[|\]\]).)*)\]\]", re.DOTALL)
_FIRST_BOX = re.compile(r"\$\\boxed\{([^$]*?)\}\$")
_SINGLE = re.compile(r"\[([^\[\]]*)\]")
_SIZING = re.compile(r"\\(?:left|right|quad|[,;:! ])|\\text\w*\s*\{([^{}]*)\}")
_TEXT = re.compile(r"\\(?:text|math)\w*\s*\{([^{}]*)\}")
_INEQUALITY = re.compile(r"(>=|<=|≥|≤|\\geq?|\\leq?)\s*\{?(-?\d+(?:\.\d+)?)")
_MARKED = re.compile(r"^(\*\*|\$|`)(.+)\1$", re.DOTALL)
_SIGNED = re.compile(r"(?<![\w)\]])-(?=\d)|(?<=\d)\.(?=\d)")
_OPTION = re.compile(r"^\(?([A-Z])(?:\)[.:]?|[.:])\s+(?!(?:or|and|/|&)\b).*$", re.DOTALL)
_SPELLED = ("logic", "puzzle")
_CONNECTIVES = {
    **dict.fromkeys(("land", "wedge"), "∧"),
    **dict.fromkeys(("lor", "vee"), "∨"),
    **dict.fromkeys(("neg", "lnot"), "¬"),
    **dict.fromkeys(("rightarrow", "to", "implies", "Rightarrow"), "→"),
    **dict.fromkeys(("leftrightarrow", "iff", "Leftrightarrow"), "↔"),
    "forall": "∀",
    "exists": "∃",
}
_CONNECTIVE = re.compile(rf"\\({'|'.join(_CONNECTIVES)})(?![A-Za-z])\s*")
_OPERATORS = re.compile(r"[-+*/×÷=]")


@scorer("korbench", version="12", prepare=load_math_verify)
def judge(item: Item) -> Verdict:
    """Judge the last bracketed answer after thinking, else a boxed or stated one."""
    kind = _kind(item)
    if isinstance(kind, str):
        return unjudged(kind)
    text = own_answer(spoken(item.text))
    other = last_boxed(text) or last_stated(text)
    said = _DOUBLE.findall(text) or ([other[1].rstrip(".")] if other else _SINGLE.findall(text))
    answer = _MARKED.sub(r"\2", _TEXT.sub(r"\1", said[-1]).strip()) if said else ""
    if not _clean(answer):
        return no_answer()
    truth = item.ground_truth and _inside(item.ground_truth)
    if truth and kind[0] == "counterfactual" and re.fullmatch("[A-Z]", truth):
        answer = _OPTION.sub(r"\1", answer)
    if truth and kind[0] in _SPELLED:
        answer, truth = _one_spelling(answer), _one_spelling(truth)
    return graded(_right(kind, answer.strip(), truth) if truth else None, _clean(answer))


@scorer("korbench_compat", version="1", mode="compat", prepare=load_math_verify)
def judge_as_published(item: Item) -> Verdict:
    """Judge as published: extracted twice, which the 45 symbolic operations and words with spaces never survive."""
    kind = _kind(item)
    if isinstance(kind, str):
        return unjudged(kind)
    level = _level(kind)
    once = _extracted(item.text, level)
    if once in ("NULL", "[[NULL]]"):
        return no_answer()
    truth = item.ground_truth
    return graded(_same_as_published(kind, _extracted(once, level), truth) if truth else None, once)


def _one_spelling(text: str) -> str:
    """A text with one sign for each operation of arithmetic and logic."""
    text = _CONNECTIVE.sub(lambda found: _CONNECTIVES[found[1]], text.replace("$", "")).replace("−", "-")
    return re.sub(r"\\(?:times|cdot)(?![a-z])|[×·]", "*", re.sub(r"\\div(?![a-z])|÷", "/", text))


def _kind(item: Item) -> tuple[str, int, int] | str:
    """Category, rule and index of a question; why it has none."""
    known = item.metadata
    category = str(known.get("category") or known.get("question_type") or "").lower()
    if category not in _CATEGORIES:
        return f"the question's category is none of {', '.join(_CATEGORIES)}"
    try:
        return category, int(known.get("rule_id") or 0), int(known.get("idx") or 0)
    except (TypeError, ValueError):
        return "the question's rule_id or idx is no number"


def _level(kind: tuple[str, int, int]) -> Callable[[str], str]:
    category, _, index = kind
    if category == "operation" and index in _SYMBOLIC:
        return _math
    return _logic if category == "logic" else _clean


def _extracted(text: str, level: Callable[[str], str]) -> str:
    """The first bracketed part, cleaned; in double brackets again, but for mathematics."""
    found = _DOUBLE.search(text) or _FIRST_BOX.search(text) or _SINGLE.search(text)
    cleaned = level(found[1].strip()) if found else "NULL"
    return cleaned if level is _math else f"[[{cleaned}]]"


def _clean(text: str) -> str:
    return re.sub(r"[\"'\n\s\[\]]", "", text)


def _logic(text: str) -> str:
    return re.sub(r"[\"'\n\s.]", "", text)


def _math(text: str) -> str:
    text = re.sub(r"[\"'\n\[\]$]", "", text).rsplit("=", 1)[-1]
    return _SIZING.sub(lambda found: found[1] or "", text).strip()


def _inside(text: str) -> str:
    """What stands between the brackets of a truth; all of it where there are none."""
    text = text.strip()
    return text[2:-2].strip() if text.startswith("[[") and text.endswith("]]") else text


def _right(kind: tuple[str, int, int], given: str, wanted: str) -> bool:
    """By its rule; equal numbers are equal, -3 is not 3, and 13 does not hold the word 3."""
    category, rule, index = kind
    if category == "operation" and same_number(given, wanted):
        return True
    if category == "operation" and index in (178, 179) and not _INEQUALITY.search(wanted):
        return _clean(given) == _clean(wanted)
    if category == "puzzle" and rule == 4:
        held = re.search(rf"(?<!\w){re.escape(wanted)}(?!\w)", given)
        return held is not None or _clean(given) == _clean(wanted)
    if category == "puzzle" and rule not in (9, 10) and _SIGNED.findall(given) != _SIGNED.findall(wanted):
        return False
    return _same(kind, given, wanted, equivalent)


def _same(kind: tuple[str, int, int], given: str, wanted: str, equal: Callable[[str, str], bool]) -> bool:
    """By the rule of its kind; both without their outer brackets."""
    category, rule, index = kind
    if category == "logic":
        return (
            _parts(_logic(given), ";") == _parts(_logic(wanted), ";") if rule == 5 else _logic(given) == _logic(wanted)
        )
    if category == "operation":
        return _same_operation(rule, index, given, wanted, equal)
    if category == "puzzle":
        return _same_puzzle(rule, given, wanted)
    return _clean(given) == _clean(wanted)


def _same_operation(rule: int, index: int, given: str, wanted: str, equal: Callable[[str, str], bool]) -> bool:
    if index in (178, 179):
        return _inequalities(given) == _inequalities(wanted)
    if rule == 18:
        return sorted(_clean(given)) == sorted(_clean(wanted))
    if rule in (23, 24, 25):
        return re.findall(r"-?\d+", given) == re.findall(r"-?\d+", wanted)
    if index in _SYMBOLIC:
        said, true = ([_math(part) for part in re.split(r"\bor\b", text)] for text in (given, wanted))
        return _matched(said, true, equal)
    if "or" in wanted:
        return _parts(_clean(given), "or") == _parts(_clean(wanted), "or")
    return _clean(given) == _clean(wanted)


def _matched(given: list[str], wanted: list[str], equal: Callable[[str, str], bool]) -> bool:
    """Whether the alternatives are the same, in any order."""
    left = list(wanted)
    for part in given:
        found = next((other for other in left if len(part) <= _LONGEST and equal(part, other)), None)
        if found is None:
            return False
        left.remove(found)
    return not left


def _same_puzzle(rule: int, given: str, wanted: str) -> bool:
    if rule == 1:
        return re.sub(r"[^A-Za-z]", "", given) == re.sub(r"[^A-Za-z]", "", wanted)
    if rule == 2:
        return [re.sub(r"[^A-Za-z]", "", one) for one in given.split(",")] == [
            re.sub(r"[^A-Za-z]", "", one) for one in wanted.split(",")
        ]
    if rule == 3:
        return sorted(re.findall(r"\w+", given)) == sorted(re.findall(r"\w+", wanted))
    if rule == 4:
        return _clean(wanted) in _clean(given)
    if rule == 5:
        return _parts(_clean(given), ",") == _parts(_clean(wanted), ",")
    if rule == 9:
        return _OPERATORS.findall(given) == _OPERATORS.findall(wanted) and _balances(given)
    if rule == 10:
        return _numbers(given) == _numbers(wanted) and arithmetic.value(_first(given)) == 24
    if rule == 18:
        return re.sub(r"[,\s\[\]]", "", given) == re.sub(r"[,\s\[\]]", "", wanted)
    return re.sub(r"[\W_]", "", given) == re.sub(r"[\W_]", "", wanted)


def _balances(equation: str) -> bool:
    """Whether both sides of an equation have one value."""
    sides = [arithmetic.value(side) for side in equation.split("=")]
    return len(sides) == 2 and None not in sides and sides[0] == sides[1]


def _first(text: str) -> str:
    """The left side of the first of several equations, one a line."""
    return re.split(r"[=\n]", text.strip())[0]


def _numbers(text: str) -> list[str]:
    return sorted(re.findall(r"\d+", _first(text)))


def _parts(text: str, between: str) -> list[str]:
    return sorted(part for part in text.split(between) if part)


def _inequalities(text: str) -> list[tuple[str, float]]:
    signs: dict[str, str] = {">=": "≥", r"\ge": "≥", r"\geq": "≥", "<=": "≤", r"\le": "≤", r"\leq": "≤"}
    return sorted((signs.get(sign, sign), float(number)) for sign, number in _INEQUALITY.findall(text))


def _same_as_published(kind: tuple[str, int, int], twice: str, truth: str) -> bool:
    """By the published rules, on what the second extraction left."""
    category, rule, index = kind
    if category in ("cipher", "counterfactual"):
        return twice == truth
    if category == "logic" and rule == 5:  # the outer brackets stick to the first and last parts
        return sorted(twice.split(";")) == sorted(_extracted(truth, _logic).split(";"))
    if category == "operation" and index in _SYMBOLIC:
        return published_math.same(twice, _extracted(truth, _math))
    if category == "puzzle" and rule == 3:
        return sorted(re.split(r"[,\s]+", _inside(twice))) == sorted(re.split(r"[,\s]+", _inside(truth)))
    if category == "puzzle" and rule == 10:
        return sorted(_clean(twice)) == sorted(_clean(truth)) and arithmetic.value(_inside(twice)) == 24
    return _same(kind, _inside(twice), _inside(truth), published_math.same)
