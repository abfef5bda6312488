"""The 25 kinds of instructions of IFEval (Zhou et al., 2023): whether a text obeys one, as we read it or as published.

Each rule is (text, arguments, published) → bool. `published` reads arguments as regular expressions and draws the same
conclusions as the original code where they are odd; sentences and words are split by our own rules in both.
"""

import json
import operator
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from tasks.score.sentences import n_sentences

Arguments = Mapping[str, Any]
Rule = Callable[[str, Arguments, bool], bool]

_WORDS = re.compile(r"\w+")
_TOKENS = re.compile(r"\w(?:[\w.&/-]*\w)?|'\w+")  # a contraction is two words, as for the original's tokenizer
_DIVIDED = re.compile(r"\s?\*\*\*\s?")
_POINTS = re.compile(r"(?m)^[^\S\n]*(?:\*[^*]|-).*$")
_STARRED = re.compile(r"\*[^\n*]*\*")
_BOLD = re.compile(r"\*\*[^\n*]*\*\*")
_POSTSCRIPTS = {"p.p.s": r"p\.\s?p\.\s?s", "p.s.": r"p\.\s?s\."}
_POSSIBLE = ("My answer is yes.", "My answer is no.", "My answer is maybe.")
_RELATIONS = {"less than": operator.lt, "at least": operator.ge}
_FENCES = ("```json", "```Json", "```JSON", "```")


def obeys(kind: str, text: str, arguments: Arguments, published: bool) -> bool:
    """Whether a text follows one instruction.

    Raises:
        KeyError: no such kind, or an argument of it is missing.
    """
    return RULES[kind](text, arguments, published)


def loosened(text: str) -> Iterator[str]:
    """The text without its first line, its last line, both, and its stars: what the loose accuracy tries as well."""
    lines = text.split("\n")
    parts = [text, *("\n".join(part).strip() for part in (lines[1:], lines[:-1], lines[1:-1]))]
    yield from parts
    yield from (part.replace("*", "") for part in parts)


def load_language_profiles() -> Any:
    """The language detector, made deterministic."""
    import langdetect

    langdetect.DetectorFactory.seed = 0
    return langdetect


def _in_language(text: str, language: str, published: bool) -> bool:
    """Whether a text may be in a language; a text that has none, such as numbers, may be in any."""
    detector = load_language_profiles()
    try:
        if published:
            return bool(detector.detect(text) == language)
        found = detector.detect_langs(text.lower())  # words in capitals tell it less
    except detector.LangDetectException:
        return True
    return any(one.lang.split("-")[0] == language.split("-")[0] for one in found)


def _related(n: int, wanted: Any, relation: str) -> bool:
    return bool(_RELATIONS[relation](n, int(wanted)))


def _pattern(word: str, published: bool) -> str:
    return word if published else re.escape(word.strip())


def _has_keywords(text: str, given: Arguments, published: bool) -> bool:
    return all(re.search(_pattern(word, published), text, re.IGNORECASE) for word in given["keywords"])


def _keyword_frequency(text: str, given: Arguments, published: bool) -> bool:
    found = re.findall(_pattern(given["keyword"], published), text, re.IGNORECASE)
    return _related(len(found), given["frequency"], given["relation"])


def _avoids_words(text: str, given: Arguments, published: bool) -> bool:
    edges = (r"\b", r"\b") if published else (r"(?<!\w)", r"(?!\w)")  # "C++" has no edge in the first sense
    words = (edges[0] + _pattern(word, published) + edges[1] for word in given["forbidden_words"])
    return not any(re.search(word, text, re.IGNORECASE) for word in words)


def _letter_frequency(text: str, given: Arguments, _: bool) -> bool:
    return _related(text.lower().count(given["letter"].lower()), given["let_frequency"], given["let_relation"])


def _paragraphs(text: str, given: Arguments, _: bool) -> bool:
    parts = _DIVIDED.split(text)
    return all(part.strip() for part in parts[1:-1]) and sum(bool(part.strip()) for part in parts) == int(
        given["num_paragraphs"]
    )


def _first_word(text: str, given: Arguments, published: bool) -> bool:
    parts = text.split("\n\n") if published else [part for part in re.split(r"\n[ \t\r]*\n", text) if part.strip()]
    place = int(given["nth_paragraph"])
    n = sum(bool(part.strip()) for part in parts)
    if not 0 < place <= n or not parts[place - 1].strip():
        return False
    word = re.split(r"[.,?!'\"]", parts[place - 1].split()[0].lstrip("'").lstrip('"'))[0].lower()
    if not published:
        word = word.strip("*_`“”‘’")
    return n == int(given["num_paragraphs"]) and word == given["first_word"].lower()


def _placeholders(text: str, given: Arguments, _: bool) -> bool:
    n = sum("[" in part for line in text.split("\n") for part in line.split("]")[:-1])
    return n >= int(given["num_placeholders"])


def _postscript(text: str, given: Arguments, published: bool) -> bool:
    marker = given["postscript_marker"].strip().lower()
    return re.search(_POSTSCRIPTS.get(marker, _pattern(marker, published)), text.lower()) is not None


def _bullets(text: str, given: Arguments, published: bool) -> bool:
    if published:  # a ruler of dashes counts as a point
        return len(_POINTS.findall(text)) == int(given["num_bullets"])
    lines = [line.strip() for line in text.split("\n")]
    found = sum(line[:1] in ("-", "*", "•") and line[1:2].isspace() and line.strip("-*•_ \t") != "" for line in lines)
    return found == int(given["num_bullets"])


def _highlights(text: str, given: Arguments, _: bool) -> bool:
    starred = sum(bool(one.strip("*").strip()) for one in _STARRED.findall(text))
    bold = sum(bool(one.removeprefix("**").removesuffix("**").strip()) for one in _BOLD.findall(text))
    return starred + bold >= int(given["num_highlights"])


def _sections(text: str, given: Arguments, published: bool) -> bool:
    found = re.findall(rf"{_pattern(given['section_spliter'], published)}\s?\d+", text)
    return len(found) >= int(given["num_sections"])


def _is_json(text: str, _: Arguments, __: bool) -> bool:
    text = text.strip()
    for fence in _FENCES:
        text = text.removeprefix(fence)
    try:
        json.loads(text.removesuffix("```").strip())
    except (ValueError, RecursionError):
        return False
    return True


def _title(text: str, _: Arguments, __: bool) -> bool:
    for line in text.split("\n"):
        start, end = line.find("<<"), line.rfind(">>")
        if 0 <= start < end - 2 and line[start : end + 2].lstrip("<").rstrip(">").strip():
            return True
    return False


def _two_responses(text: str, _: Arguments, __: bool) -> bool:
    parts = [part.strip() for part in text.split("******")]
    said = [part for part in parts if part]
    return all(parts[1:-1]) and len(said) == 2 and said[0] != said[1]


def _repeats_prompt(text: str, given: Arguments, _: bool) -> bool:
    return text.strip().lower().startswith(given["prompt_to_repeat"].strip().lower())


def _ends_with(text: str, given: Arguments, _: bool) -> bool:
    return text.strip().strip('"').lower().endswith(given["end_phrase"].strip().lower())


def _capital_words(text: str, given: Arguments, _: bool) -> bool:
    n = sum(token.isupper() for token in _TOKENS.findall(text))
    return _related(n, given["capital_frequency"], given["capital_relation"])


def _quoted(text: str, _: Arguments, published: bool) -> bool:
    text = text.strip()
    pairs = ('""',) if published else ('""', "“”")
    return len(text) > 1 and text[0] + text[-1] in pairs


RULES: Mapping[str, Rule] = {
    "keywords:existence": _has_keywords,
    "keywords:frequency": _keyword_frequency,
    "keywords:forbidden_words": _avoids_words,
    "keywords:letter_frequency": _letter_frequency,
    "language:response_language": lambda text, given, published: _in_language(text, given["language"], published),
    "length_constraints:number_sentences": lambda text, given, _: _related(
        n_sentences(text), given["num_sentences"], given["relation"]
    ),
    "length_constraints:number_paragraphs": _paragraphs,
    "length_constraints:number_words": lambda text, given, _: _related(
        len(_WORDS.findall(text)), given["num_words"], given["relation"]
    ),
    "length_constraints:nth_paragraph_first_word": _first_word,
    "detectable_content:number_placeholders": _placeholders,
    "detectable_content:postscript": _postscript,
    "detectable_format:number_bullet_lists": _bullets,
    "detectable_format:constrained_response": lambda text, _, __: any(one in text.strip() for one in _POSSIBLE),
    "detectable_format:number_highlighted_sections": _highlights,
    "detectable_format:multiple_sections": _sections,
    "detectable_format:json_format": _is_json,
    "detectable_format:title": _title,
    "combination:two_responses": _two_responses,
    "combination:repeat_prompt": _repeats_prompt,
    "startend:end_checker": _ends_with,
    "change_case:capital_word_frequency": _capital_words,
    "change_case:english_capital": lambda text, _, published: text.isupper() and _in_language(text, "en", published),
    "change_case:english_lowercase": lambda text, _, published: text.islower() and _in_language(text, "en", published),
    "punctuation:no_comma": lambda text, _, __: "," not in text,
    "startend:quotation": _quoted,
}
