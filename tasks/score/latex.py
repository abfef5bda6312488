r"""LaTeX that only dresses an answer up: \boldsymbol{8}, {\bf 8}, \textcolor{red}{8}, 8\tag{1}, 8 \checkmark."""

import re

_BRACE = re.compile(r"\\.|[{}]", re.DOTALL)  # one that is written out, \{, opens nothing
_STYLED = re.compile(
    r"\\(?:boldsymbol|bm|pmb|underline|emph|mathit|mathsf|mathtt|(?:text)?color\s*\{[^{}]*\}|text(?:it|sf|tt))\s*\{"
)
_BARE = re.compile(
    r"\\(?:bf|it|sf|tt|rm(?!\s*\{)|bfseries|small|normalsize|[lL]arge|LARGE|[hH]uge|checkmark|blacksquare)(?![A-Za-z])"
    r"|\\(?:begin|end)\s*\{(?:aligned|align\*?|gathered|split)\}|\\(?:tag|label|[hv]space|color)\*?\s*\{[^{}]*\}"
)


def closing_braces(text: str) -> dict[int, int]:
    """Position of the brace that closes each one that is closed, by that of the opening one."""
    closed: dict[int, int] = {}
    waiting: list[int] = []
    for brace in _BRACE.finditer(text):
        if brace[0] == "{":
            waiting.append(brace.start())
        elif brace[0] == "}" and waiting:
            closed[waiting.pop()] = brace.start()
    return closed


def without_style(text: str) -> str:
    """A text without fonts, sizes, colours and end marks; what they are applied to stays."""
    if "\\" not in text:
        return text
    closed = closing_braces(text)
    cut: set[int] = set()
    for found in _STYLED.finditer(text):
        if (end := closed.get(found.end() - 1)) is not None:
            cut |= {*range(found.start(), found.end()), end}
    return _BARE.sub(" ", "".join(sign for place, sign in enumerate(text) if place not in cut) if cut else text)
