"""How many sentences a text has."""

import re

_ABBREVIATED = re.compile(
    r"\b(?:(?:Dr|Mr|Mrs|Ms|Prof|St|Mt|Gen|Capt|Lt|Rev|Hon|Sen|Gov|Col|Sgt|Fig|vs|cf|[Aa]pprox)\.(?=\s)"
    r"|(?:No|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec|Vol|pp?)\.(?=\s*\d)"
    r"|[A-Z]\.(?=[ \t]+[A-Z]\.)|(?<=\b[A-Z]\.[ \t])[A-Z]\.(?=[ \t]+[A-Z])"
    r"|(?:etc|al|Jr|Sr|Inc|Ltd|Co|Corp|Ph\.D|e\.g|i\.e|a\.m|p\.m|(?<!\b[A-Za-z]\.)(?:[A-Za-z]\.)+[A-Za-z])\.(?=,|\s+[^A-Z\s])"
    r"|(?:e\.g|i\.e|(?<!\b[A-Z]\.)(?:[A-Z]\.)+[A-Z])\.(?=\s))|(?:\.{3}|…)(?=\s+[a-z])|[.!?]+(?=[\"”’][ \t]+[a-z])"
)
_NUMBERED = re.compile(r"(?m)^\s*\d+[.)]\s")
_SENTENCE_END = re.compile(r"[.!?]+[\"'”’)\]*_]*(?=\s|$)|[。！？]+")


def n_sentences(text: str) -> int:
    """How many there are; the last one may lack its mark, and a full stop after an abbreviation ends none."""
    text = _ABBREVIATED.sub(lambda found: re.sub(r"[.!?]", "", found[0]), _NUMBERED.sub("", text))
    return sum(any(map(str.isalnum, one)) for one in _SENTENCE_END.split(text))
