"""Find the part of a model's output that is its answer. Nothing here guesses: what is not stated is None."""

import re
import unicodedata

_THOUGHT = re.compile(r"<think(?:ing)?>.*?</think(?:ing)?>", re.DOTALL | re.IGNORECASE)
_THOUGHT_END = re.compile(r"</think(?:ing)?>", re.IGNORECASE)
_THOUGHT_START = re.compile(r"<think(?:ing)?>", re.IGNORECASE)
_RUN_ON = re.compile(r"^[\s#*]*Question\b[^\n]{0,12}:", re.MULTILINE)
_BOXED = re.compile(r"\\(?:boxed|fbox)\s*\{")
_STATED = re.compile(
    r"(?:\banswer\b[*_`\s]*(?:(?:is|was|equals|would\s+be|should\s+be|must\s+be)\b|:|=)|####)[*`:\s]*",
    re.IGNORECASE,
)

_TAIL = re.compile(
    r"\s+(?:because|since|which)\b.*|(?:(?<=\w\w\w)|(?<=\d)|(?<=[)}$*%]))[.;!]\**\s+(?=[A-Z]).*", re.DOTALL
)


def spoken(text: str) -> str:
    """What the model says after thinking: without thought blocks; nothing when it never stopped thinking.

    Reasoning models draft answers between think tags, and some templates open the first tag in the prompt, so that
    only the closing one is in the text.
    """
    text = _THOUGHT.sub(" ", text)
    ends = list(_THOUGHT_END.finditer(text))
    if ends:
        text = text[ends[-1].end() :]
    start = _THOUGHT_START.search(text)
    return (text[: start.start()] if start else text).strip()


def own_answer(text: str) -> str:
    """The text up to the first question the model invents and answers itself, as models without tuning do."""
    for found in _RUN_ON.finditer(text):
        if text[: found.start()].strip():
            return text[: found.start()]
    return text


def last_boxed(text: str) -> tuple[int, str] | None:
    r"""Position and content of the last `\boxed{...}` with balanced braces (LLMRouterBench reference, section 6.1)."""
    for found in reversed(list(_BOXED.finditer(text))):
        depth = 1
        for end in range(found.end(), len(text)):
            depth += (text[end] == "{") - (text[end] == "}")
            if depth == 0:
                return found.start(), text[found.end() : end].strip()
    return None


def last_stated(text: str) -> tuple[int, str] | None:
    """Position and content of the last "answer is ...", "Answer: ..." or "#### ...", without a reason after it."""
    for found in reversed(list(_STATED.finditer(text))):
        content = _TAIL.sub("", text[found.end() :].split("\n", 1)[0]).strip().strip("*`").strip()
        if content:
            return found.start(), content
    return None


def stated_answer(text: str) -> str | None:
    """The last answer that a text states, boxed or in words; None when it states none."""
    found = [answer for answer in (last_boxed(text), last_stated(text)) if answer is not None]
    if not found:
        return None
    content = max(found)[1]
    inner = last_boxed(content)
    return inner[1] if inner else content


def normal_text(text: str) -> str:
    """A text for comparison: Unicode-normalised, case and white space folded, quotes and a final full stop dropped."""
    text = unicodedata.normalize("NFKC", text).replace("**", "").replace("`", "")
    return " ".join(text.casefold().split()).rstrip(".").strip("*_\"'“”‘’ ").rstrip(".").strip()
