r"""Signs in one spelling: ７ and Ｃ are 7 and C, 10⁻³ is 10^{-3}, 101₂ is 101_2, LaTeX's decimal comma 3{,}5 is 3.5."""

import re
import unicodedata

_WIDE = {wide: wide - 0xFEE0 for wide in range(0xFF01, 0xFF5F)}
_FRACTIONS = str.maketrans(
    {sign: r"\frac{}{}".format(*unicodedata.normalize("NFKC", sign).split("⁄")) for sign in "½⅓⅔¼¾⅕⅖⅗⅘⅙⅚⅛⅜⅝⅞"}
    | {"⁄": "/"}
)
_RAISED, _LOWERED = "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻ⁿ", "₀₁₂₃₄₅₆₇₈₉₊₋ₙ"
_SMALL = str.maketrans(_RAISED + _LOWERED, "0123456789+-n" * 2)
_SMALL_RUN = re.compile(f"([{_RAISED}]+)|[{_LOWERED}]+")
_DECIMAL_COMMA = re.compile(r"(?<=\d)\{,\}(?=(?:\d{1,2}|\d{4,})(?![\d{]))")
_TYPOGRAPHY = str.maketrans(dict.fromkeys("’‘ʼ", "'") | dict.fromkeys("“”„", '"') | dict.fromkeys("‐‑‒–—−", "-"))
_UNSEEN = str.maketrans(dict.fromkeys("\u200b\u200c\u200d\u2060\ufeff"))
_SMALL_DIGIT = re.compile(r"(?<=[0-9])(?:(?=[⁰¹²³⁴-⁹])|(?=[₀-₉]))")


def narrow(text: str) -> str:
    """A text with its full-width letters, digits and signs as ASCII."""
    return text.translate(_WIDE)


def plain_signs(text: str) -> str:
    """A mathematical text with narrow signs, powers, indices and fractions in LaTeX's spelling, and decimal points."""
    if text.isascii():
        return _DECIMAL_COMMA.sub(".", text)
    text = _SMALL_RUN.sub(_written, narrow(text).translate(_FRACTIONS))
    return _DECIMAL_COMMA.sub(".", text)


def _written(run: re.Match[str]) -> str:
    digits = run[0].translate(_SMALL)
    return ("^" if run[1] else "_") + (digits if len(digits) == 1 else f"{{{digits}}}")


def typed(text: str) -> str:
    """A text with the quotes and dashes of a keyboard, and without what has no width."""
    return text if text.isascii() else text.translate(_UNSEEN).translate(_TYPOGRAPHY)


def parted(text: str) -> str:
    """A text that says where a digit's power or base begins, so that normalising Unicode makes no 102 of 10²."""
    return _SMALL_DIGIT.sub(lambda at: "^" if at.string[at.end()] in _RAISED else "_", text)
