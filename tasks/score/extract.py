"""Find the part of a model's output that is its answer. Nothing here guesses: what is not stated is None."""

import re
import unicodedata
from collections.abc import Iterator

from profiles.layout import parsed
from tasks.score.languages import LEADS
from tasks.score.latex import closing_braces
from tasks.score.signs import parted, typed

# A tag between quotes or single backticks is spoken of, or a string of a program.
_NAME = r"(?:seed:)?think(?:ing)?[>▷]"
_OPEN, _CLOSE = (
    rf"(?:[<◁](?!(?<=[\"'`].){slash}{_NAME}[\"'`](?!``)){slash}{_NAME}|(?-i:\[{slash}THINK\]))"  # [think] is a word
    for slash in ("", "/")
)
_THOUGHT = re.compile(rf"{_OPEN}.*?{_CLOSE}", re.DOTALL | re.IGNORECASE)
_THOUGHT_END = re.compile(_CLOSE, re.IGNORECASE)
_THOUGHT_START = re.compile(_OPEN, re.IGNORECASE)
_MARKED = re.compile(  # by tags that a prompt asks for or a chat template has; one that is not closed hides nothing
    r"^[ \t]*(?:<(reasoning|thoughts?|scratchpad)>.*?</\1>|<\|begin_of_thought\|>.*?<\|end_of_thought\|>)",
    re.DOTALL | re.MULTILINE | re.IGNORECASE,
)
_MARKED_END = re.compile(r"</(?:reasoning|thoughts?|scratchpad)>|<\|end_of_thought\|>", re.IGNORECASE)
_ANALYSIS = re.compile(r"^[ \t]*<\|channel\|>analysis<\|message\|>.*?(?:<\|end\|>|\Z)", re.DOTALL | re.MULTILINE)
_TURN_END = re.compile(r"(?<=[^\"'`])<\|(?:im_end|eot_id|endoftext|end_of_text|return)\|>.*", re.DOTALL)
_LAST_TAGS = ("<|end|>", "<|im_end|>", "<|eot_id|>", "<|endoftext|>", "</s>", "<end_of_turn>")
_RUN_ON = re.compile(
    r"^[ \t#*]*(?:Question\b[^\n]{0,12}"
    r"|(?:Human|User)(?=:[^\n]*\n+[ \t]*(?:Assistant|AI):)"
    r"|(?P<other>(?:Problem|Exercise|Task|Q|Human|User|问题|题目)(?:\s*\d+)?[\s*]*))[:：]"
    r"|^[ \t]*(?:#+|\*\*)\s*(?P<heading>(?:Question|Problem|Exercise|Task)(?:\s*\d+)?)[\s*]*$",
    re.MULTILINE,
)
_BOXED = re.compile(r"\\(?:boxed|fbox)\s*\{")
_BARE_BOXED = re.compile(r"\\boxed(?:\s+(-?\d(?:[\d.,/]*\d)?|[A-Za-z](?!\w))|(\d))")
_VALUE = re.compile(r"[*`$(\s]*(?:-?\.?\d|\\|[A-J][*`).$]*\s*(?:\n|$))")
_PLACEHOLDER = (  # of a form that a model repeats, such as <your answer> and [A/B/C/D], but no fraction (1/2)
    r"(?:[<\[{(]\s*(?:(?:your|insert)\b[^\n<>\[\]{}()]*|[A-Z](?:/[A-Z]){2,})\s*[>\]})]"
    r"|[<\[{]\s*(?:the|final|answer|letter|number|value|name|option|choice)\b[^\n<>\[\]{}()]*[>\]}]"
    r"|\$?\{?LETTER\}?|\.{3}|…|_+)"
)
_BARE_PLACEHOLDER = re.compile(rf"[\"'`*]*{_PLACEHOLDER}[\"'`*.]*", re.IGNORECASE)
_LABELLED = re.compile(  # not "Answer: Let's think step by step."
    rf"^[ \t*#]*(?:final[ \t]+)?answer[ \t*]*[:：][ \t*]*(?!let\b|{_PLACEHOLDER}[ \t]*$)\S+(?:[ \t]+\S+){{0,2}}[ \t]*$",
    re.MULTILINE | re.IGNORECASE,
)
_BLANK_BOX = re.compile(r"\\boxed\s*\{\s*\}")
_PLAIN_BOXED = re.compile(r"\\boxed\{")
_MARKS = "✅☑✓✔✨⭐➡➜🎉🎊🎯🏆👉👍💡📌😀-😎🙂🥳\ufe0f"
_DECORATION = re.compile(  # of a line's ends, beside something else; what says wrong, as a cross does, is none
    rf"(?<=[^\s:：{_MARKS}])(?<![:：]\*\*)(?<!\b(?:is|be))(?<!\bare)(?:[ \t]+|(?<=\d))[{_MARKS}][{_MARKS} \t]*$"
    rf"|(?:^|(?<=[:：]))[ \t]*[{_MARKS}]+[ \t]+(?=[^\s{_MARKS}])",
    re.MULTILINE,
)
_MEANT = r"(?:it|that)(?:['’]s|\s+is|\s+(?:should|must)\s+be)"
_CLAUSE = r"(?<![^\W\d_][ \t])\b(?:(?:oh|ah|but|hm+|um|well|I['’]m(?:\s+so)?)[\s,]+)?"  # not "they wait 5"
TAKEN_BACK = (  # what was said, in favour of what follows
    rf"{_CLAUSE}(?:wait|oops|sorry|no(?=,)|actually|correction|scratch\s+that|on\s+second\s+thoughts?|I\s+meant?|make\s+that)\b"
    rf"(?:[\s,.:;!…—]+(?:wait|no|actually|sorry|oops|correction|I\s+meant?|make\s+that|{_MEANT})){{0,4}}[\s,.:;!…—]+"
)
_TAKEN_BACK_IN_WORDS = (
    rf"{_CLAUSE}(?:wait,?\s+no|no,?\s+wait|scratch\s+that|correction)\b"
    rf"(?:[ \t]*[,.:;!…—][\s,.:;!…—]*+(?:{_MEANT}\s++)?|\s+{_MEANT}\s++)"
    r"(?!(?:I|we|he|she|let|this|that|there|they|you|if|but|so|because|since|not|need|see|it)\b)(?=[^\n]{1,40}$)"
)
_EMPTY = re.compile(
    r"(?:\\(?:boxed|fbox|text\w*|mathrm|underline|q?quad|[lc]?dots|phantom)|\\[,;:! ()\[\]_]|\\\Z|[\s{}$._…?*`~])*"
)
_EXCLAIMED = re.compile(r"(?<=[^\W\d_]{2})!+$")  # after a word; after a number or a sign it is a factorial
_IN_DOLLARS = re.compile(r"\A\$([^$]+)\$(?=\.?\Z)")
_SET_AS_TEXT = re.compile(r"\\(?:text\w*|mathrm|mathbf|mbox)\s*\{([^{}]*)\}")
_AND = r"(?:,|;|\band\b|\bor\b|\\text\s*\{\s*(?:and|or)\s*\})"
_BETWEEN = re.compile(rf"(?:[\s$]|\\[)\]])*{_AND}(?:{_AND}|[\s$]|\\[(\[])*")
_STATED = re.compile(
    r"(?:\banswer\b(?:\s+(?:here|to\s+(?:the|this|your)\s+(?:question|problem))\b)?[*_`\s]*"
    r"(?:(?:is|was|equals|(?:would|should|must|has\s+to)\s+be)\b|[:：=])"
    r"|(?<!所有)答案(?:应?该?[是为]|[：:])"
    rf"|(?:{LEADS})(?=[*_`\s]*(?:[A-Za-z]\s*=\s*)?[-−–+]?[.\d\\$]|[^\d\n]{{0,200}}$)"  # else words deny it
    r"|^[ \t]*(?:#+[ \t]*|\*\*)(?:(?:final|correct)[ \t]+)?answer[ \t*]*$|####"  # a heading
    r"|<(?:final_?)?answer>(?=[^<]*</(?:final_?)?answer>)"
    rf"|(?P<instead>{TAKEN_BACK}(?=[*_`$(]{{0,3}}[-−]?\$?\.?\d[\d.,/]*[%)*_`$.!]{{0,4}}[ \t]*$)"
    rf"|{_TAKEN_BACK_IN_WORDS}))"
    r"[*`:：\s]*(?:(?:\\\[|\$\$)\s+)?",
    re.IGNORECASE | re.MULTILINE,
)

_BEFORE = 60  # characters in which a statement is denied
_DENIAL = re.compile(  # also of what is only supposed, or said by others
    r"(?:(?:n['’]t|\bnot)\s+(?:think|believe|say|mean|sure|certain|true|possible|the\s+case)|\b(?:unlikely|doubt(?:ful)?|impossible|untrue"
    r"|if(?:\s+(?:I|we|you|one)\s+(?:guess|say|assume|suppose|take|try))?|whether|unless|assuming|supposing|(?<!\bI\s)suppose|can(?:not|['’]t)\s+be"
    r"|(?:people|students?|some|many|others|someone|one)\s+(?:(?:may|might|would|will)\s+)?(?:say|think|believe|claim|assume|guess)))"
    r"\s+(?:(?:that|if|whether)\s+)?(?:(?:the|my|this|correct|right|final)\s+){0,3}$",
    re.IGNORECASE,
)
_UNOPENED = re.compile(r"^([^()\[\]{}]*\d)[.!]?\)[.!]?$")  # of a remark in brackets
_CLOSED = re.compile(r"(?<=[^\s*`])(?:\*\*+|`)!*(?=[\s.,;:)]|$)")  # of **4**. or **4** (four)
_FENCED = re.compile(r"\A```(?:json)?\s*|\s*```\Z", re.IGNORECASE)
_PAIRS = ({"yes", "no"}, {"true", "false"}, {"valid", "invalid"})
_LED = re.compile(r"(yes|no|true|false|valid|invalid)\**(?=\s*[,;:(–—]|\.\s|\s-\s)", re.IGNORECASE)
_TAGGED = re.compile(r"</(?:final_?)?answer>.*", re.IGNORECASE | re.DOTALL)
_TAIL = re.compile(
    r"(?:,|(?<!\s))\s+\(?(?:because|since|which)\b.*|(?:(?<=\w\w\w)|(?<=\d)|(?<=[)}$*%]))[.;!]\**\s+(?=\(?[A-Z]).*"
    r"|(?:,\s+|\s\()not\b.*|(?:です|입니다|。).*",
    re.DOTALL,
)


def spoken(text: str) -> str:
    """What the model says after thinking: without thought blocks; nothing when it never stopped thinking.

    Reasoning models draft answers between think tags, and some templates open the first tag in the prompt, so that
    only the closing one is in the text.
    """
    text = text.replace("\ufeff", "")
    folded = text.lower()  # most texts have no tag, and looking for words is quick
    if "<|message|>" in folded:
        text = _ANALYSIS.sub(" ", text)
    if any(word in folded for word in ("</thought", "end_of_thought|>", "</reasoning>", "</scratchpad>")):
        text = _without(_MARKED, _MARKED_END, text)
    if any(end in folded for end in ("think>", "thinking>", "think▷", "think]")):
        text = _without(_THOUGHT, _THOUGHT_END, text)
        ends = list(_THOUGHT_END.finditer(text))
        text = text[ends[-1].end() :] if ends else text
        start = _THOUGHT_START.search(text)
        text = text[: start.start()] if start else text
    text = _TURN_END.sub("", text).strip()  # which a thought may speak of
    while text.endswith(_LAST_TAGS):
        text = text[: text.rindex("<")].rstrip()
    return text


def _without(block: re.Pattern[str], end: re.Pattern[str], text: str) -> str:
    """A text without its blocks; what starts behind the last end is not read to the end of the text again and again."""
    closed = max((found.end() for found in end.finditer(text)), default=0)
    return block.sub(" ", text[:closed]) + text[closed:]


def own_answer(text: str) -> str:
    """The text up to the first question the model invents and answers itself, as models without tuning do.

    A problem is restated, too: what is called one ends an answer only after a value was stated.
    """
    text = _DECORATION.sub("", text)
    begins, stated = len(text) - len(text.lstrip()), None
    for found in _RUN_ON.finditer(text):
        if found.start() <= begins:
            continue
        restated = found["other"] or found["heading"]
        if restated and stated is None:
            stated = _first_value(text)
        if not restated or (stated is not None and stated <= found.start()):
            return text[: found.start()]
    return text


def _first_value(text: str) -> int:
    """Where the first box of a text ends, or in a text without boxes the first "answer is" with a value after it."""
    box = next(_boxes(text, _BOXED), None)
    if box:
        return box[1]
    stated = (found.end() for found in _STATED.finditer(text) if _VALUE.match(text, found.end()))
    labelled = (found.end() for found in [_LABELLED.search(text)] if found)
    return min(next(stated, len(text) + 1), next(labelled, len(text) + 1))


def last_boxed(text: str) -> tuple[int, str] | None:
    r"""Position and content of the last `\boxed{...}` with balanced braces (LLMRouterBench reference, section 6.1).

    An empty box is none. Boxes with only commas, "and" or "or" between them are one answer of several parts.
    """
    every = reversed(list(_boxes(text, _BOXED)))
    filled = (box for box in every if not _EMPTY.fullmatch(box[2]) and box[2] != "null")
    last = next(filled, None)
    if last is None:
        return None
    start, parts = last[0], [last[2]]
    for before, end, content in filled:
        if end > start or not _BETWEEN.fullmatch(text, end, start):
            break
        start, parts = before, [content, *parts]
    return start, ", ".join(dict.fromkeys(parts))


def bare_boxed(text: str) -> str | None:
    r"""Content of the last `\boxed 5`, which LaTeX takes for a box, too."""
    found = list(_BARE_BOXED.finditer(text))
    return (found[-1][1] or found[-1][2]) if found else None


def first_boxed(text: str) -> tuple[int, str] | None:
    r"""Position and content of the first `\boxed{...}` with balanced braces; it may be empty."""
    return next(((start, content) for start, _, content in _boxes(text, _PLAIN_BOXED)), None)


def _boxes(text: str, opening: re.Pattern[str]) -> Iterator[tuple[int, int, str]]:
    """Start, end and content of the boxes whose brace is closed, in order."""
    closed = closing_braces(text)
    for found in opening.finditer(text):
        end = closed.get(found.end() - 1)
        if end is not None:
            yield found.start(), end + 1, text[found.end() : end].strip()


def last_stated(text: str, tail: re.Pattern[str] = _TAIL) -> tuple[int, str] | None:
    """Position and content of the last "answer is ...", "Answer: ..." or "#### ...", without a reason after it."""
    every = [one for one in _STATED.finditer(text) if not denied(text, one.start())]
    said = [one.start() for one in every if not one["instead"]] + [box[0] for box in _boxes(text, _BOXED)]
    first = min(said, default=len(text))  # before which there is nothing to take back
    for found in reversed([one for one in every if one.start() >= first]):
        line = _TAGGED.sub("", _BLANK_BOX.sub("", text[found.end() :].split("\n", 1)[0]))
        content = _CLOSED.sub("", tail.sub("", line)).strip().strip("*`").strip()
        content = _UNOPENED.sub(r"\1", content)
        if "\\boxed{" in content and last_boxed(content) is None:  # cut off
            return None
        if not _EMPTY.fullmatch(content) and not _BARE_PLACEHOLDER.fullmatch(content):
            return found.start(), content
    return None


def stated_answer(text: str, tail: re.Pattern[str] = _TAIL) -> str | None:
    """The last answer that a text states, boxed or in words; None when it states none.

    Args:
        text: what the model says.
        tail: what is no part of an answer in words.
    """
    if (field := _whole_field(text)) is not None:
        return field
    box = last_boxed(text)
    found = [answer for answer in (box, last_stated(text, tail)) if answer is not None]
    if not found:
        return bare_boxed(text)
    at, content = max(found)
    if box is not None and box[0] < at < text.find(box[1], box[0]) + len(box[1]):  # it is stated in the box
        content = box[1]
    inner = last_boxed(content)
    return inner[1] if inner else content


def _whole_field(text: str) -> str | None:
    """The answer of a text that is one JSON object, perhaps in a fence."""
    whole = _FENCED.sub("", text.strip())
    if not whole.startswith("{"):
        return None
    given = parsed(whole)
    if not isinstance(given, dict):
        return None
    field = next((given[name] for name in ("answer", "final_answer") if name in given), None)
    return str(field) if isinstance(field, str | int | float) and not is_blank(str(field)) else None


def leading_word(answer: str, truth: str) -> str:
    """The first word of an answer to a question of yes or no, true or false: "No, it did not" is "No".

    The whole answer where the truth is no such word, or where the opposite is said, too.
    """
    led = _LED.match(answer.strip().strip("*"))
    pair = next((pair for pair in _PAIRS if truth.strip(" .").casefold() in pair), ())
    said = {word for word in re.findall(r"\w+", answer.casefold()) if word in pair}
    if len(said) != 1:
        return answer
    if "valid" in pair and not re.search(r"\bnot\b|n['’]t", answer):  # "the argument is valid"
        return said.pop()
    return led[1] if led and led[1].casefold() in said else answer


def unexclaimed(answer: str, text: str) -> str:
    r"""An answer without its sentence's exclamation mark ("The answer is 42!"); in a box it is a factorial."""
    box = last_boxed(text)
    return answer if box and box[1] == answer else answer.rstrip("!")


def undecorated(text: str) -> str:
    """A text without stars, ticks and the like at its lines' ends."""
    return _DECORATION.sub("", text)


def denied(text: str, start: int) -> bool:
    """Whether what a text states at a place is what its author does not believe: "I doubt that the answer is 5"."""
    return _DENIAL.search(text[max(0, start - _BEFORE) : start]) is not None


def is_blank(text: str) -> bool:
    r"""Whether a text only has room for an answer: `Answer: ____`, `\boxed{}`, `<your answer>`."""
    return any(form.fullmatch(_STATED.sub("", text).strip()) for form in (_EMPTY, _BARE_PLACEHOLDER))


def normal_text(text: str) -> str:
    """A text for comparison: Unicode-normalised, case and white space folded, quotes and a final mark dropped."""
    text = (
        _SET_AS_TEXT.sub(r"\1", unicodedata.normalize("NFKC", typed(parted(text)))).replace("**", "").replace("`", "")
    )
    text = _DECORATION.sub("", text)
    text = _IN_DOLLARS.sub(r"\1", text.strip())
    text = _EXCLAIMED.sub("", " ".join(text.casefold().split())).rstrip(".").strip("*_\"'“”‘’ ")
    return _EXCLAIMED.sub("", text.rstrip(".")).strip()
