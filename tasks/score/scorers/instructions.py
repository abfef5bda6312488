"""Whether a text obeys the rules that its question sets: all of them, as written (IFEval's strict prompt level).

A rule is an object with `kind` and what it needs: `min_words`, `max_words`, `sentences`, `paragraphs`, `bullets` with
`n`; `include`, `avoid` with `word`; `starts_with`, `ends_with` with `text`; `lowercase`; `no_commas`.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

from tasks.score.extract import spoken
from tasks.score.registry import scorer
from tasks.score.sentences import n_sentences
from tasks.score.verdict import Item, Verdict, no_answer, unjudged

_Rule = Mapping[str, Any]
_LETTER = r"[^\W_\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff]"  # of scripts that set words apart


def _words(text: str) -> int:
    return sum(any(map(str.isalnum, word)) for word in text.split())


def _n(rule: _Rule) -> int:
    n = rule["n"]
    if isinstance(n, bool) or int(n) != float(n):
        raise ValueError(f"n is no whole number: {n}")
    return int(n)


def _wording(rule: _Rule, name: str) -> str:
    if rule[name] in (None, "") or isinstance(rule[name], list | dict):
        raise ValueError(f"{name} is no text")
    return str(rule[name])


def _has(text: str, word: str) -> bool:
    return re.search(rf"(?<!{_LETTER}){re.escape(word)}(?!{_LETTER})", text, re.IGNORECASE) is not None


_RULES: dict[str, Callable[[str, _Rule], bool]] = {
    "min_words": lambda text, rule: _words(text) >= _n(rule),
    "max_words": lambda text, rule: _words(text) <= _n(rule),
    "sentences": lambda text, rule: n_sentences(text) == _n(rule),
    "paragraphs": lambda text, rule: len(re.split(r"\n\s*\n", text)) == _n(rule),
    "bullets": lambda text, rule: (
        len(re.findall(r"(?m)^[ \t]*(?:[-+•]|\*(?!\*))[ \t]+(?![-*•_ \t]+$)\S", text)) == _n(rule)
    ),
    "include": lambda text, rule: _has(text, _wording(rule, "word")),
    "avoid": lambda text, rule: not _has(text, _wording(rule, "word")),
    "starts_with": lambda text, rule: text.startswith(_wording(rule, "text")),
    "ends_with": lambda text, rule: text.endswith(_wording(rule, "text")),
    "lowercase": lambda text, rule: text == text.lower(),
    "no_commas": lambda text, rule: "," not in text,
}


@scorer("instructions", version="7")
def judge(item: Item) -> Verdict:
    """Judge the text without its thoughts; there is no answer to extract, so texts never count as equal."""
    rules = item.metadata.get("constraints") or []
    if not isinstance(rules, list) or not all(isinstance(rule, dict) for rule in rules):
        return unjudged("the question's constraints are no list of rules")
    unknown = sorted({str(rule.get("kind")) for rule in rules} - _RULES.keys())
    if not rules or unknown:
        return unjudged(f"no rule for {', '.join(unknown)}" if unknown else "the question sets no rules")
    text = spoken(item.text)
    if not text:
        return no_answer()
    broken = [str(rule["kind"]) for rule in rules if not _RULES[rule["kind"]](text, rule)]
    if not broken:
        return Verdict(1.0, "correct")
    return Verdict(
        0.0, "wrong", None, f"breaks {', '.join(broken)} ({len(rules) - len(broken)} of {len(rules)} obeyed)"
    )
