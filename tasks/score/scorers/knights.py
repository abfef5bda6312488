"""Who is a knight and who is a knave, as concluded at the end of a text."""

import re
from collections.abc import Iterable, Iterator

from profiles.layout import parsed
from tasks.score.extract import last_boxed, own_answer, spoken
from tasks.score.registry import scorer
from tasks.score.verdict import Item, Verdict, graded, no_answer, unjudged

_CONCLUSION = re.compile(r"\b(?:final\s+answer|answer|conclusion|solution)\b[*_`\s]*:", re.IGNORECASE)
_UNSAID = (
    r"(?P<unsaid>\b(?:if|whether|n?either|nor|suppose|assum\w+|sa(?:id|ys)|claim(?:s|ed)?|not\s+(?:the\s+case|true)|false"
    r"|(?:not\s+all|none)\s+of)\s+(?:that\s+)?)?"
)
_OPEN = r"\b(?![ \t]+(?:or|if|only\s+if|unless)\b)"  # a knight or a knave, a knight if ...
_CLAIM = re.compile(
    rf"{_UNSAID}\b(?P<name>\w[\w'-]{{0,40}})[*_`\"']{{0,9}}\s{{0,60}}"
    r"(?:\b(?:is|must\s+be)\b|\b(?P<isnt>isn['’]t|cannot\s+be|can['’]t\s+be)\b|:|=|->|→|\||[-–—]\s|\(|(?=\ba\s))[*_`\s]{0,60}(?P<no>\bnot\s+)?"
    r"(?:\b(?:definitely|clearly|certainly|indeed|therefore|thus|also)\s+)?(?:\ba\b|\ban\b|\bthe\b(?:\s+only\b)?)?[*_`\"'\s]{0,60}\b(?P<kind>knight|knave)"
    + _OPEN,
    re.IGNORECASE,
)
_NAMES = r"[A-Z][\w'-]{0,40}(?:(?:,\s*(?:and\s+)?|\s+and\s+|\s*&\s*)[A-Z][\w'-]{0,40}){0,20}"
_GROUP = re.compile(
    rf"(?i:{_UNSAID})\b(?P<names>{_NAMES})\s+are\s+(?:both\s+|all\s+)?(?P<kind>knight|knave)s{_OPEN}(?!\s+and\s+kn)"
    rf"|\b(?P<listed>[Kk]night|[Kk]nave)s?[*_]*\s*(?::|=|\b(?:is|are)\b)[*_\s]*(?P<members>{_NAMES})"
)
_NUMBER = re.compile(r"^\s*\(?\d+[).]\s*")
_OTHER = {"knight": "knave", "knave": "knight"}


@scorer("knights", version="10")
def judge(item: Item) -> Verdict:
    """Judge the conclusion: everyone must be named, and nobody as both.

    Unlike in LLMRouterBench (reference, section 6.4), bold names and the word "if" do no harm.
    """
    truth = claims(item.ground_truth or "")
    people = [str(name) for name in item.metadata.get("people") or _named(item.ground_truth or "")]
    if not people:
        return unjudged("the question names nobody")
    found = claims(conclusion(item.text))
    missing = [name for name in people if name.casefold() not in found]
    if missing:
        return no_answer(f"says nothing certain about {', '.join(missing)}")
    right = all(found[name.casefold()] == truth.get(name.casefold()) for name in people) if truth else None
    return graded(right, _canonical(people, found))


@scorer("knights_compat", version="1", mode="compat")
def judge_as_published(item: Item) -> Verdict:
    """Judge as LLMRouterBench (reference, section 6.4): every line of the truth is in the text, and "if" is nowhere."""
    lines = [_NUMBER.sub("", line).strip() for line in _lines(item.ground_truth)]
    if not lines:
        return unjudged("the question has no ground truth")
    segment = _published_conclusion(item.text)
    if not segment:
        return no_answer()
    said = segment.casefold()
    right = f"({len(lines) + 1})" not in said and "if" not in said and all(line.casefold() in said for line in lines)
    return graded(right, segment)


def _lines(truth: str | None) -> list[str]:
    """The truth's claims, one each: of a JSON list, of lines, or of a sentence."""
    given = parsed(truth or "")
    lines = map(str, given) if isinstance(given, list) else re.split(r"[;,\n]|\band\b", truth or "")
    return [line for line in lines if line.strip()]


def _published_conclusion(text: str) -> str:
    text = text.split("### Question", 1)[0]
    for marker in ("CONCLUSION:", "boxed", "Conclusion:", "conclusion:"):
        parts = text.split(marker)
        if len(parts) > 1 and parts[1].strip():
            text = parts[1]
            break
    for end in ("### Reason", "Let's think step by step again", "let's go back and check", "###"):
        text = text.split(end, 1)[0]
    return text.strip()


def conclusion(text: str) -> str:
    """The part of a text that concludes: after its last marker, in its last box, or its last paragraph.

    The whole text would not do: reasoning is full of suppositions.
    """
    text = own_answer(spoken(text))
    for more in ("### Reason", "### Question"):  # behind an answer, unless the text begins with its own
        before = text.split(more, 1)[0]
        text = before if claims(before) else text
    markers = list(_CONCLUSION.finditer(text)) if claims(text) else []
    last = next((found for found in reversed(markers) if claims(text[found.end() :])), None)
    if last:
        return text[last.end() :]
    boxed = last_boxed(text)
    return boxed[1] if boxed else text.strip().rsplit("\n\n", 1)[-1]


def claims(text: str) -> dict[str, str]:
    """Casefolded name → knight or knave; a name that is called both is left out."""
    found: dict[str, str] = {}
    contradicted = set()
    for name, what in _claimed(text):
        who = name.casefold()
        if found.setdefault(who, what) != what:
            contradicted.add(who)
    return {who: what for who, what in found.items() if who not in contradicted}


def _claimed(text: str) -> Iterator[tuple[str, str]]:
    """Who is said to be what: one by one, and in groups ("Ada and Cy are knights", "Knights: Ada, Cy")."""
    for claim in _CLAIM.finditer(text):
        kind = claim["kind"].casefold()
        if not claim["unsaid"]:
            yield claim["name"], _OTHER[kind] if claim["no"] or claim["isnt"] else kind
    for group in _GROUP.finditer(text):
        for name in [] if group["unsaid"] else re.findall(r"[A-Z][\w'-]*", group["names"] or group["members"]):
            yield name, (group["kind"] or group["listed"]).casefold()


def _named(text: str) -> list[str]:
    return list(dict.fromkeys(name for name, _ in _claimed(text)))


def _canonical(people: Iterable[str], found: dict[str, str]) -> str:
    return ";".join(sorted(f"{name}={found[name.casefold()]}" for name in people))
