"""Names of the methods that Python itself calls, as far as an object of a program may have them for its tests."""

_NUMBERS = "add|sub|mul|matmul|truediv|floordiv|mod|divmod|pow|lshift|rshift|and|xor|or"
_OTHERS = (
    "call|len|bool|iter|next|reversed|contains|getitem|setitem|delitem|enter|exit|str|repr|format|hash|int|float|complex"
    "|index|round|trunc|floor|ceil|abs|neg|pos|invert|length_hint|instancecheck|subclasscheck|await|aiter|anext|aenter"
    "|aexit|eq|lt|le|gt|ge"
)
OPERATORS = frozenset(f"__{side}{name}__" for name in _NUMBERS.split("|") for side in ("", "r", "i"))
_VALUE = "getitem|len|iter|reversed|bool|int|float|complex|index|round|trunc|floor|ceil|abs|neg|pos|invert"
VALUE = OPERATORS | {f"__{name}__" for name in _VALUE.split("|")}  # what a value of plain data does by itself
ORDER = ("__lt__", "__le__", "__gt__", "__ge__")
SPECIAL = OPERATORS | {f"__{name}__" for name in _OTHERS.split("|")}
