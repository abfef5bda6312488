"""Whether a model was right, as foreign records say it."""

import math
from collections.abc import Mapping
from typing import Any

from tasks.ingest.coerce import number_of, text_of

_WORDS = {"true": 1.0, "1": 1.0, "yes": 1.0, "false": 0.0, "0": 0.0, "no": 0.0}


def correctness_of(record: Mapping[str, Any]) -> float | None:
    """`is_correct` where there is one, else whether `pred` is `answer` (SMCS reference, section 1.2).

    Returns:
        A number; NaN for what is neither true nor false nor a number; None where the record does not say.
    """
    given = record.get("is_correct")
    if isinstance(given, str):
        return _WORDS.get(given.strip().lower(), math.nan)
    if given is not None:
        return number_of(given)
    prediction, answer = text_of(record.get("pred")), text_of(record.get("answer"))
    return None if prediction is None or answer is None else float(prediction == answer)


def dataset_name(source: str, subject: str | None) -> str:
    """Name of a benchmark's dataset, or of one of its subjects: lower case, dashes for white space and underscores."""
    whole = source if not subject else f"{source} {subject}"
    return "-".join(whole.replace("_", " ").lower().split())
