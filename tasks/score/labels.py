r"""The name that an answer gives itself: `AB =`, `x_1 =`, `f(2) =`, `\angle A =`, `\text{Area} =`, `(x, y) =`."""

import re

_GREEK = (
    "alpha|beta|gamma|delta|epsilon|varepsilon|zeta|eta|theta|vartheta|iota|kappa|lambda|mu|nu|xi|rho|sigma|tau|upsilon"
    "|phi|varphi|chi|psi|omega|Gamma|Delta|Theta|Lambda|Xi|Pi|Sigma|Phi|Psi|Omega|ell|Pr"
)
_ACCENT = r"\\(?:overline|overrightarrow|vec|hat|widehat|bar|tilde|mathbb|mathbf|mathcal|mathrm)\s*"
_SYMBOL = rf"(?:{_ACCENT}(?:\{{\w+\}}|\w)|\\(?:{_GREEK})(?![A-Za-z])|[A-Za-z]+)"
_INDEX = r"(?:_(?:\{[^{}=]*\}|\\?[^\W_]+)|'|\^\{?(?:\\prime|\*)\}?|\^\{-1\}(?=\s*(?:\(|=\s*\\begin)))*"
_NAME = rf"{_SYMBOL}\s*{_INDEX}(?:\s*\([^()]*\))?"
CHANGING = r"\b(?:twice|half|double|triple|minus|negative|not)\b"
_PARTIAL = r"(?:\\partial(?![A-Za-z])\s*)?"
_PLAIN = re.compile(
    rf"^(?:m?\s*\\(?:angle|triangle|measuredangle|nabla|sin|cos|tan|cot|sec|csc|arg|Re|Im|det|deg)\s*)?"
    rf"(?:(?!{CHANGING})[A-Za-z]+\s+){{0,6}}"
    rf"(?:{_NAME}|\\[dt]?frac\s*\{{{_PARTIAL}{_NAME}\}}\s*\{{{_PARTIAL}{_NAME}\}}|\\i*int(?![A-Za-z])[^=]{{1,200}}|{_NAME}\s*/\s*{_NAME}"
    rf"|\(\s*{_NAME}(?:\s*,\s*{_NAME})+\s*\)|\\?\|{_NAME}\\?\||\[[A-Z]{{3,}}\])"
    r"\s*(?:=|\\approx(?![a-z])|≈|\\in(?![a-z])|∈|\\equiv(?![a-z])|≡)\s*(?=\S)"
)
_TURNED = re.compile(rf"^([^=A-Za-z]+)=\s*{_NAME}$")  # 8 = n
_SAID = r"(?!(?:half|twice|than|minus|none|nobody|never|wrong)\b)[A-Za-z]{2,}"  # no word that makes it another value
_ALONE = re.compile(
    r"^(?:=|\\approx(?![a-z])|≈|~|(?:approximately|about|around|roughly|nearly|exactly|therefore|thus|simply|just|only|clearly|indeed)\b"
    rf"|(?:(?:the|a)\s+)?(?:number|value|digit|integer|total\s+of)\s+(?=[-\d\\$])|(?:{_SAID}\s+){{0,6}}{_SAID}(?::|\s+is\b(?!\s+not\b)))\s*(?=\S)",
    re.IGNORECASE,
)
_NAMES = 3  # of one value: AB = BC = 5
_ASKED = re.compile(r"^(?!-)[^=<>≤≥≠]+=(?=[^=<>]+$)")
_INSIDE = re.compile(r"[_^](?:\{[^{}]*\}|\w)|\([^()]*\)")
_COMMAND = re.compile(rf"\\(?!(?:{_GREEK})(?![A-Za-z]))[A-Za-z]+")
_INVERTED = re.compile(r"\^|\\(?:sqrt|log|ln)(?![A-Za-z])")  # of one name, what is not solved
_LETTER = re.compile(r"(?:\\[A-Za-z]+|[A-Za-z])(?:_\{?\w+\}?)?")


def without_label(text: str) -> str:
    """An answer without the name that it gives itself, which is no equation to be solved."""
    text = _ALONE.sub("", re.sub(r"\s{3,}", " ", text))  # which the names are not tried at in every way
    for _ in range(_NAMES):
        text = _PLAIN.sub("", text, count=1)
    return _TURNED.sub(r"\1", text)


def asked_value(text: str) -> str | None:
    r"""The right side of an equation whose left side combines names without numbers (m + n = 5); None for others.

    It is the answer where a number was asked for; as an answer of its own it stays an equation. A root or a
    power of one name (\sqrt{x} = 5, e^x = 5) is an equation that nobody solved.
    """
    found = _ASKED.match(text)
    if found is None or re.search(rf"\d|{CHANGING}", _INSIDE.sub("", found[0])):
        return None
    unsolved = _INVERTED.search(found[0]) and len({*_LETTER.findall(_COMMAND.sub("", found[0]))} - {"e"}) < 2
    return None if unsolved else text[found.end() :].strip()
