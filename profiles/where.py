"""Restrictions of what is retrieved: metadata of bank questions and the values that each may have."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Literal, get_args

from warehouse.errors import UserError, unknown_name

if TYPE_CHECKING:
    import numpy as np
    import polars as pl

Key = Literal["dataset", "variant", "category", "source"]
KEYS: tuple[Key, ...] = get_args(Key)
Where = Mapping[Key, Sequence[str]]


def allowed(questions: "pl.DataFrame", where: Where) -> "np.ndarray":
    """Which questions have one of the values for every key, (Q,); one without a value has none of them.

    Raises:
        UserError: no question has.
    """
    import numpy as np
    import polars as pl

    kept = np.ones(len(questions), dtype=bool)
    for key, values in where.items():
        own = (
            questions[key] if key in questions.columns else pl.repeat(None, len(questions), dtype=pl.String, eager=True)
        )
        kept &= own.is_in(list(values)).fill_null(False).to_numpy()
    if not kept.any():
        raise UserError(f"no question of the bank has {told(where)}; {_there(questions, where)}")
    return kept


def told(where: Where) -> str:
    """As a person would type it."""
    return " and ".join(" or ".join(f"{key}={value}" for value in values) for key, values in where.items())


def parse_where(given: Iterable[str]) -> Where:
    """Restrictions of a command line, KEY=VALUE each; the same key again is another value for it.

    Raises:
        UserError: one is not like that, or nothing is known by that key.
    """
    found: dict[Key, list[str]] = {}
    for one in given:
        name, sign, value = one.partition("=")
        if not sign or not value:
            raise UserError(f"--where is like dataset=NAME, not '{one}'; keys are {', '.join(KEYS)}")
        key = next((key for key in KEYS if key == name), None)
        if key is None:
            raise unknown_name("key of --where", name, KEYS)
        found.setdefault(key, []).append(value)
    return found


def _there(questions: "pl.DataFrame", where: Where) -> str:
    """What the first key could be."""
    key = next(iter(where))
    known = questions[key].drop_nulls().unique().sort().to_list() if key in questions.columns else []
    return f"its {key} is one of {', '.join(known)}" if known else f"none of them has a {key}"
