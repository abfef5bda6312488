"""The letter of a multiple-choice answer.

Options: see `ChoiceOptions`; `take: first` is for prompts with worked examples that models go on to answer again.
"""

import re
import unicodedata
from collections.abc import Mapping
from functools import cache
from typing import Any, Literal

from pydantic import Field

from profiles.layout import INITIALS, LETTERS, letter_of, option_texts
from tasks.score import languages
from tasks.score.extract import TAKEN_BACK, bare_boxed, denied, last_boxed, last_stated, own_answer, spoken
from tasks.score.latex import without_style
from tasks.score.published import labelled
from tasks.score.registry import ScorerOptions, scorer
from tasks.score.signs import narrow
from tasks.score.verdict import Item, Verdict, graded, no_answer, unjudged

_SEVERAL = "names several options"
_LEAD = (
    r"(?:(?:(?:\b|_)(?:answers?|ans)\b|\b(?:correct|best|right|final|my|selected)[\s_]+"
    r"(?:option|choice|statement|one|alternative|letter|guess|pick)\b|(?<=[\"'])(?:choice|option)(?=[\"']\s*:))"
    r"(?:\s+(?:choice|option|letter|here|to\s+(?:the|this|your)\s+(?:question|problem)))?[*_`\"'\s]*"
    r"(?:(?:is|are|was|(?:would|should|must|has\s+to)\s+be)\b|[:：=→]|->|[-–—]\s|(?<=\bans)\.\s)"
    rf"|(?<!所有)答案(?:应?该?[是为选]|[：:])|{languages.LEADS}|####|<(?:final_?)?answer>(?=[^<]*</(?:final_?)?answer>)"
    rf"|{TAKEN_BACK}(?=(?:option\s+)?[(*\"'\s]*[A-Z][)*\"'.!]*[ \t]*(?:\n|\Z)))"
)
_BETWEEN = (
    r"(?:[\s:：*_`\"'“‘$(\[{}]|\n[ \t]*[-•+][ \t]+(?=[(*]{0,3}[A-Z][)*.]{0,3}[ \t]*(?:\n|\Z))|\\?"
    r"\b(?:therefore|most\s+likely|likely|probably|definitely|clearly|indeed|thus|the|option"
    r"|not\s+\(?[A-Z]\)?,?\s+but|choice|letter|boxed|text(?:bf)?|math(?:bf|rm)|final|correct|answer|is)\b|\\[(\[]){0,12}?"
)
_INSTEAD = re.compile(rf"(?i:{TAKEN_BACK})")
_BRACKETS = re.compile(r"\\[()\[\]]")
_GROUP = re.compile(r"^\{([^{}]*)\}$")
_ANSWER = re.compile(r"^\s*A:\s+")
_EMPTY_ITEM = re.compile(r"\d+[.)]\s*")
_LEAD_LINE = re.compile(rf"(?i:{_LEAD})[\s:：*_`(]*([^\n]*)")
_WOULD = re.compile(r"\bwould\b", re.IGNORECASE)
_SUPPOSING = re.compile(
    r"\b(?:if(?!\s+(?:I|we)\s+(?:had|have|were|must|was)\s+to\b)|had|were|unless|otherwise|suppose)\b", re.IGNORECASE
)


_DOUBTED = re.compile(  # where an option is called right
    r"^\W*(?:many|some|people|others|students)\b|\b(?:if|whether|unless|suppose|assum\w+|why|had|were|according|doubt\w*|cannot|none\s+of"
    r"|(?:wrong|false|untrue)\s+(?:that|to))\b",
    re.IGNORECASE,
)
_ARTICLE = re.compile(r"^(?:the|an?)\s+(?=\w)")
_SENTENCE = re.compile(r"[.!?]\s|\b(?:so|thus|therefore|hence)\b", re.IGNORECASE)
_NEAR = 200  # characters before it


class ChoiceOptions(ScorerOptions):
    """Which letters there are, and which statement counts."""

    letters: str | None = Field(None, min_length=1, description="None: A-J, or as many as there are options")
    take: Literal["first", "last"] = Field("last", description="first: the model goes on to answer again")


@scorer("choice", version="14", options=ChoiceOptions)
def judge(item: Item) -> Verdict:
    """Judge the one letter that the text states; several letters or none are no answer, never a default."""
    given = item.metadata.get("options")
    options = option_texts(given or []) or {}
    letter = chosen_letter(item.text, options, item.options)
    truth = item.ground_truth and letter_of(item.ground_truth, options)
    if truth and truth not in _letters(options, item.options):  # which nobody can name
        return unjudged("the ground truth is none of the letters that are looked for")
    if item.ground_truth and not truth and (letter or not letter_of(item.ground_truth, {})):
        return Verdict(None, "unjudged", letter, "the ground truth is no letter of the options")
    if letter is None:
        return unjudged("the question's options are not understood") if given and not options else no_answer()
    if len(letter) > 1:
        return no_answer(_SEVERAL)
    return graded(None if not truth else letter == truth, letter)


@scorer("choice_compat", version="1", mode="compat", options=ChoiceOptions)
def judge_as_published(item: Item) -> Verdict:
    """Judge as LLMRouterBench (reference, section 6.1): "answer:" and a letter, else a box; a small letter is wrong."""
    options = option_texts(item.metadata.get("options") or []) or {}
    letters = str(item.options.get("letters") or LETTERS[: len(options)] or "ABCDEFGHIJ")
    answer = labelled(item.text, f"([{letters}{letters.lower()}])")
    if not answer:
        return no_answer()
    truth = item.ground_truth and letter_of(item.ground_truth, options)
    return graded(answer == truth if truth else None, answer)


def chosen_letter(
    text: str, offered: Mapping[str, str] | None = None, options: Mapping[str, Any] | None = None
) -> str | None:
    """The upper-case letter that a text chooses; several joined letters when it names several; None for none.

    In this order: a statement ("the answer is (B)", "Answer: B"), a boxed letter, the text or its last line being
    nothing but a letter (with its option), and a statement that spells one offered option out, or its label. A letter
    that merely occurs somewhere is not an answer (SMCS reference, section 5, item 7).

    Args:
        text: what the model says.
        offered: label → text of the options, in the order of their letters.
        options: see `ChoiceOptions`.
    """
    options, offered = options or {}, offered or {}
    letters = _letters(offered, options)
    text = narrow(own_answer(spoken(text)))
    rest, first = _words(_ANSWER.sub("", text)), _words(next(iter(offered.values()), ""))
    if "\n" not in text.strip() and (not first or rest[: len(first)] != first):  # else the letter and its option
        text = _ANSWER.sub("", text)
    every = (match for match in _statement(letters).finditer(text) if _letters_of(match))
    matches = [match for match in every if not denied(text, match.start())]
    box = last_boxed(text)
    starts = [match.start() for match in matches if not _INSTEAD.match(text, match.start())] + ([box[0]] if box else [])
    starts += [0] if re.match(rf"\W*[{letters}]\b", text) else []
    earliest = min(starts, default=len(text))  # before which there is nothing to take back
    matches = [match for match in matches if match.start() >= earliest]
    meant = [match for match in matches if not _supposed(text, match)] or matches
    stated = [found for match in meant if (found := _letters_of(match))]
    if stated:
        clear = [found for found in stated if len(found) == 1] or stated
        return clear[0] if options.get("take") == "first" else clear[-1]
    boxed = _GROUP.sub(r"\1", _BRACKETS.sub("", without_style(box[1])).strip()) if box else bare_boxed(text)
    listed = _listed("|".join(map(re.escape, offered or letters)))
    listing = len(listed.findall(text)) > 1
    *_, before, last_line = ["", *text.rstrip().split("\n")]
    heads = [found and found[0] for found in map(listed.match, (before, last_line))]
    going_on = all(heads) and heads[0] != heads[1]  # A. B. C. D., a line each
    for part in [boxed] if boxed else [text] if going_on else [text, last_line]:
        alone = _alone(letters).match(_BRACKETS.sub("", part))
        if alone and (alone[1] or not listing):
            return str(alone[1] or alone[2]).upper()
    said = last_stated(text)
    if (last := _concluded(letters).search(text)) is not None and not denied(text, last.start()):
        return str(last[1])
    empty = (listing and listed.match(last_line)) or _EMPTY_ITEM.fullmatch(last_line)
    led = [match[1] for match in _LEAD_LINE.finditer(text) if not denied(text, match.start())]
    words = [boxed, said and said[1], *led[-1:], text, None if empty else last_line]
    found = next((letter for part in words if part and (letter := _spelled_out(part, offered, letters))), None)
    if not (found or boxed):
        found = _called(text.strip().split("\n", 1)[0], last_line, letters)
    return found if found or boxed or listing else _first_line(text, offered, letters)


def _letters(offered: Mapping[str, str], options: Mapping[str, Any]) -> str:
    return str(options.get("letters") or (LETTERS[: len(offered)] if offered else "ABCDEFGHIJ"))


def _supposed(text: str, match: re.Match[str]) -> bool:
    """Whether a statement is about another question: "if it had asked for ..., the answer would be A"."""
    if not _WOULD.search(match[0]):
        return False
    before = re.split(r"[.!?]\s|\n", text[: match.start()])[-1]
    after = re.split(r"[.!?](?:\s|$)|\n", text[match.end() :])[0]
    return _SUPPOSING.search(f"{before} {after}") is not None


@cache
def _statement(letters: str) -> re.Pattern[str]:
    """A statement of one or more letters; a bare A or I before a lower-case word is English, not an option."""
    small = f"[{letters.lower()}]"
    only = rf"(?<![iI])\)\s(?!(?s:.){{0,2000}}?(?<!\w){small}\))"  # of "b) words"; several of them number parts
    either = rf"(?:[{letters}]|{small}(?={only}|[)\]}}*$.\"'\s]*(?:[\n,;]|$)))"
    close = r"[)\]}>」*_`\"'”’$.\\]"
    unlettered = r"[^\W\u3040-\u9fff\uac00-\ud7a3]"  # East Asia writes no spaces
    end = rf"(?!{unlettered}|['’+#°-]|\s*(?:=(?!>)|\^|{languages.NOT}))"
    alone = "".join(letter for letter in "AI" if letter in letters)
    english = rf"(?!\s+(?!(?:{languages.BECAUSE}|because|since|as|and|or|but|which|for|so|with|by)\b)[a-z])"
    bare = rf"(?:(?![AI])[{letters}]{end}" + (rf"|[{alone}]{end}{english})" if alone else ")")
    first = rf"(?:[(\[{{<$*\"'‘「]\s*({either})\s*(?=[)\]}}>$*.:\"'’」])|({bare})|({either})(?=\s*(?:[.)*\n]|$)))"
    joining = rf"(?:,|(?i:and|or|through)|&|/|\||和|或|、|{languages.JOINED})"
    link = rf"{joining}\s*(?i:(?:and|or|also|option|maybe|perhaps|possibly)\s+)*"
    apart = (
        rf"(?:[ \t]+|[ \t]*[;+][ \t]*)(?=[{letters}](?:[ \t]+[{letters}])*\s*(?:\n|$))"
        rf"|\.(?=[{letters}](?:[.,;)]|\s*(?:\n|$)))|[)\]][ \t]*(?=[(\[][{letters}][)\]])"
        rf"|[.)]?[ \t]*\n[ \t]*(?=[{letters}][.)]?[ \t]*(?:\n|$))"
    )
    joined = rf"(?:(?:{close}|\s)*{link}|{apart})(?:[(\[*\"']+({either})[)\]*\"']|({bare}))"
    return re.compile(rf"(?i:{_LEAD}{_BETWEEN}){first}(?:{joined})?")


def _letters_of(match: re.Match[str]) -> str | None:
    return "".join(dict.fromkeys(group.upper() for group in match.groups() if group)) or None


@cache
def _listed(labels: str) -> re.Pattern[str]:
    """The beginning of a line that repeats an option."""
    return re.compile(rf"^[ \t]*[(*]*(?:{labels})(?:\s*[).:]|$)", re.MULTILINE)


@cache
def _alone(letters: str) -> re.Pattern[str]:
    either = f"[{letters}{letters.lower()}]"
    return re.compile(
        rf"^[\s(\[*_`\"'“‘$→#]*(?:\\(?:text|math)(?:bf|rm|tt|sf|it)?\{{\s*)?[(]?(?i:(?:option|choice)\s+|answer:\s*)?(?:[(\[]?({either})[)\]}}*_`\"'”’$.:!\s]*$"
        rf"|([{letters}])\s*[).:][*}}]*\\?\s+(?!(?:or|and|(?:is|was)\s+(?:not|(?:in)?correct|right|wrong|false))\b|[(\[*]*[{letters}][)\]*.]*\s*$)\S[^\n]*$)"
    )


@cache
def _concluded(letters: str) -> re.Pattern[str]:
    """A last sentence that ends in its conclusion: "..., so C.", "I would choose (H)", "which is option D"."""
    return re.compile(
        r"\b(?i:so|thus|therefore|hence|it(?:['’]s|\s+is|\s+must\s+be)|leav(?:es|ing)(?:\s+only)?"
        r"|I(?:\s+would|['’]d)?\s+(?:say|choose|pick|select|go\s+with)"
        r"|(?:(?:which|this)\s+(?:is|matches|fits)|(?<!not\s)(?<!none\s)(?<!nothing\s)(?:corresponds|closest)\s+to)(?=\s+(?:answer\s+)?(?:option|choice)\b))"
        rf"[\s,:]+(?:it(?:['’]s|\s+is|\s+must\s+be)\s+)?(?:(?:answer\s+)?(?:(?:option|choice)\s+)?)[(*\"']*([{letters}])[)*\"']*[.!]?\s*$"
    )


def _called(first_line: str, last_line: str, letters: str) -> str | None:
    """The only letter that the first or last line calls right without doubt."""
    called = {
        found["letter"]
        for line in {first_line, last_line}
        for found in _called_right(letters).finditer(line)
        if not found["unsaid"]
        and line.rfind("answer") < found.end()
        and not _DOUBTED.search(_SENTENCE.split(line[max(0, (at := found.start("letter")) - _NEAR) : at])[-1])
        and not denied(line, at)
    }
    return str(called.pop()) if len(called) == 1 else None


@cache
def _called_right(letters: str) -> re.Pattern[str]:
    """An option that a sentence calls right: "(B) is the correct answer", "No, C fits better"."""
    return re.compile(
        r"(?P<unsaid>(?i:\b(?:n?either|nor|not|or)\s+(?:that\s+)?))?"
        r"(?:^|[.,:;!?]\s|[(\"'*`]|(?i:\b(?:option|choice|answer|statement|so|thus|therefore|hence|but|only|that|think|believe)\s+))"
        rf"[(*\"'`]{{0,6}}(?P<letter>[{letters}])[)*\"'`]*\s+(?:is|fits|must\s+be|would\s+be|seems)\s+"
        r"(?:(?:clearly|definitely|certainly|indeed|actually|therefore|thus|(?:most\s+)?likely)\s+)?(?:the\s+)?(?:only\s+)?"
        r"(?:correct|right|best|better|answer)\b(?:\s+(?:answer|option|choice))?(?![\"'’]?\s*(?:\?|(?:if|or|than|is)\b))"
    )


def _first_line(text: str, offered: Mapping[str, str], letters: str) -> str | None:
    """The letter, or the option, that is all of the first line of a text that goes on to explain it."""
    line = text.strip().split("\n", 1)[0]
    alone = _alone(letters).match(line)
    if alone and alone[1]:
        return str(alone[1]) if alone[1] in letters else None  # (a) and (i) number parts
    return _spelled_out(line, offered, letters)


def _spelled_out(part: str, offered: Mapping[str, str], letters: str) -> str | None:
    """The letter of the only offered option that is exactly this part of the answer: its text, its label, or both."""
    found = set()
    for letter, (label, option) in zip(letters, offered.items(), strict=False):
        own = re.compile(rf"^[(\[]?{re.escape(label)}[)\].:]+(?:\s+|$)", re.IGNORECASE)
        said = _plain(own.sub("", part))
        meant = _bare(said), INITIALS.get(said)
        alike = _bare(_plain(own.sub("", option))) in meant if said else own.match(part)
        both = (
            f"option {label}",
            f"option {label} {option}",
            f"{label} {option}",
            f"{option} {label}",
            f"{option} option {label}",
        )
        if alike or _plain(part) == _plain(label) or _words(_plain(part)) in map(_words, both):
            found.add(letter)
    return found.pop() if len(found) == 1 else None


def _plain(text: str) -> str:
    text = re.sub(r"\\(?:text\w*|mathrm|mathbf)\s*\{([^{}]*)\}", r"\1", unicodedata.normalize("NFKC", text))
    text = re.sub(r"(?<=[\"'])\s*\}+$", "", text.rstrip())  # of a JSON object
    text = re.sub(r"[\s.*_`\"'$]+", " ", text).strip().casefold()
    return re.sub(r"(?<=[^\W\d_]{2})!+$", "", text)


def _bare(said: str) -> str:
    return _ARTICLE.sub("", said)


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.casefold())
