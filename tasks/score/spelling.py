r"""One spelling for the signs and constructs of an answer: \dfrac12 is \frac{1}{2}, ≥ is \ge, \pmod7 is mod 7."""

import re

from tasks.score.latex import without_style
from tasks.score.numbers import without_written_unit
from tasks.score.signs import plain_signs

_WRAPPER = re.compile(r"\\(?:text|mathrm|mathbf|textbf|mbox|operatorname|displaystyle)\s*\{([^{}]*)\}")
_SIZING = re.compile(r"\\left(?![a-z])|\\right(?![a-z])|\\[!,]|\\(?:display|text)style(?![a-z])|\\\(|\\\)|\\\[|\\\]|\$")
_SPACE = re.compile(r"\\(?:[;: ]|q?quad(?![a-z]))")
_ROW = re.compile(r"\\\\(?:\[-?[\d.]+\s*[a-z]{2}\])?")  # of a matrix, perhaps with a height
_HELD_ROW = "\x1f"
_MATRIX = re.compile(r"(\\(?:begin|end)\{)b(matrix\})")
_BARE_PAIR = re.compile(r"\\(frac|binom)\s*(\d|\\pi|(?<=binom )[a-z])\s*(\d|\\pi(?![a-z]))")
_BARE_ROOT = re.compile(r"\\sqrt(\[\w+\])?\s*(\d)")
_UNBRACED = (  # arguments of a sign or a command, which the library misses
    (re.compile(r"\\frac\s*\\pi(?![A-Za-z])"), r"\\frac{\\pi}"),
    (re.compile(r"(\\frac\{[^{}]*\})([a-z])"), r"\1{\2}"),
    (re.compile(r"(\\sqrt|\^)(\\frac\{[^{}]*\}\{[^{}]*\})"), r"\1{\2}"),
)
_BRACED_SIGN = re.compile(r"([\^_])\{(\w)\}")
_SIGNS = str.maketrans(
    {
        "≥": r"\ge ",
        "≤": r"\le ",
        "≠": r"\ne ",
        "π": r"\pi ",
        "∞": r"\infty ",
        "±": r"\pm ",
        "∪": r"\cup ",
        "∈": r"\in ",
        "−": "-",
        "–": "-",
        "×": "*",
        "·": "*",
        "°": r"^\circ",
    }
)
_SAME = {
    "lbrace": "{",
    "rbrace": "}",
    "varnothing": r"\emptyset ",
    "bigcup": r"\cup ",
    "colon": ":",
    "mid": "|",
    "langle": "(",
    "rangle": ")",
}
_SYNONYM = re.compile(rf"\\({'|'.join(_SAME)})(?![A-Za-z])")
_MODULO = re.compile(r" {0,2}\(? {0,2}\\[pb]?mod(?![A-Za-z]) {0,2}\{? ?(\w+) ?\}? ?\)?$")
_HALF_DAY = re.compile(r"(?<=\d)\s*([ap])\.?\s?m\.?$", re.IGNORECASE)
_SUCH_THAT = re.compile(r"^\{\s*([a-z])\s*:")
_BUILDER = re.compile(
    r"^\{\s*[a-z]\s*(?:\\in *\\mathbb\{?R\}?\s*)?\|([^|,{}]*(?:[<>]|\\[lg]e(?![a-z]))[^|,{}]*)\}$"
)  # of all numbers
_PI = re.compile(r"(?<![A-Za-z\\])pi(?![A-Za-z])")
_ARC = re.compile(r"\\(sin|cos|tan)\s?\^\s?\{\s?-1\s?\}")
_APPROXIMATELY = re.compile(r"\s\((?:≈|\\approx(?![a-z])|approx)[^()]*\)$")  # behind the exact value
_TO = re.compile(r"^(\d+)\s+to\s+(\d+)$")
_ROOT = re.compile(r"√\s*(?:\(([^()]*)\)|(\d+|\w))")


def undressed(text: str) -> str:
    """A text in these spellings, without spaces of LaTeX, fonts, units and marks around it; a matrix keeps its rows."""
    text = " ".join(plain_signs(text).split())  # or long runs of spaces would be tried at in every way
    text = _APPROXIMATELY.sub("", text)
    text = _MATRIX.sub(r"\1p\2", _ROW.sub(_HELD_ROW, text))
    text = without_style(without_written_unit(text.strip().strip("*`~$").strip().rstrip(".,;。\\").strip()))
    text = _ROOT.sub(lambda root: rf"\sqrt{{{root[1] or root[2]}}}", text).translate(_SIGNS).replace("**", "^")
    text = text.replace(">=", r"\ge ").replace("<=", r"\le ")
    text = re.sub(r"\\not\s*=", r"\\ne ", re.sub(r"\\[cd]?dots(?![a-z])|\.\.\.|…", r"\\ldots ", text))
    text = _SPACE.sub(" ", text).replace("&=", "=")
    text = _SIZING.sub("", _WRAPPER.sub(r"\1", text.replace("\\$", "").replace("\\%", "%")))
    text = re.sub(r"\\[dtc]frac", r"\\frac", re.sub(r"\\(ge|le|ne)q(?:slant)?(?![a-z])", r"\\\1", text))
    text = _ARC.sub(r"\\arc\1", _PI.sub(r"\\pi ", text))
    text = re.sub(r"\\(?:cdot|times)(?![a-z])(?=\s*\S)", "*", text).replace("\\{", "{").replace("\\}", "}")
    text = _BARE_ROOT.sub(r"\\sqrt\1{\2}", _BARE_PAIR.sub(r"\\\1{\2}{\3}", text))
    for unbraced, braced in _UNBRACED:
        text = unbraced.sub(braced, text)
    text = _BRACED_SIGN.sub(r"\1\2", _SYNONYM.sub(lambda found: _SAME[found[1]], _MODULO.sub(r" mod \1", text))).strip()
    text = _SUCH_THAT.sub(r"{\1|", _TO.sub(r"\1:\2", _HALF_DAY.sub(lambda found: f"{found[1].lower()}m", text)))
    return _BUILDER.sub(r"\1", text).replace(_HELD_ROW, r"\\")
