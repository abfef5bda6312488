"""Logs of Inspect AI, read by its own reader, the extra `inspect`."""

import math
from collections import defaultdict
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

from pydantic import Field

from tasks.ingest.coerce import number_of, quantity_of, text_of
from tasks.ingest.files import plain_files, shown
from tasks.ingest.formats.json import Row
from tasks.ingest.items import newest_whole, plan_of
from tasks.ingest.quarantine import Reject, Unreadable
from tasks.ingest.registry import Plan, RejectedFile, Request, SourceOptions, sources
from tasks.ingest.rows import canonical_json
from warehouse.errors import UserError

_VALUES = {"C": 1.0, "I": 0.0, "P": 0.5, "N": 0.0}  # correct, incorrect, partly, no answer


class InspectOptions(SourceOptions):
    """Options of the source `inspect`."""

    scorer: str | None = Field(None, description="whose value is the score; empty: the first of a sample's scores")


@sources.register("inspect")
def inspect(request: Request) -> Plan:
    """`.eval` and `.json` logs; of several of a model on a task the newest with a sample counts, epochs are samples.

    The dataset is the task's name without its package, a question is known by its sample's id. A score of NaN is
    unknown; C, P, I and N are 1, a half, 0 and 0.

    Raises:
        UserError: the reader is not installed, nothing readable at the path, or an unknown option.
    """
    options = request.parse(InspectOptions)
    path = request.existing("an Inspect log, or a folder of them")
    nothing = f"there is no .eval or .json log below {shown(path)}; give Inspect's log folder"
    files, odd = plain_files(path, {".eval", ".json"}, nothing, deep=True)
    reader = _reader()
    logs: dict[tuple[str, str], list[tuple[str, Path]]] = defaultdict(list)
    for file in files:
        try:
            about = reader.read_eval_log(str(file), header_only=True).eval
        except Exception as error:  # the reader has no error of its own
            odd.append(RejectedFile(shown(file), "", Reject("unparsable_file", str(error), "ingest_file"), lost=True))
            continue
        logs[str(about.task), str(about.model)].append((str(about.created), file))
    if not logs:
        raise UserError(nothing)
    chosen = []
    for (task, model), dated in sorted(logs.items()):
        newest = [one for _, one in sorted(dated, reverse=True)]
        file, empty = newest_whole(newest, _samples)
        older = [shown(one) for one in newest[len(empty) + 1 :]]
        odd += empty + [RejectedFile(one, "", Reject("superseded_file", one, "ingest_file")) for one in older]
        chosen.append((file, partial(rows_of, model, task.rpartition("/")[2], options.scorer)))
    return plan_of(request, options, chosen, odd, records=_samples, additive=True)


def _reader() -> Any:
    try:
        import inspect_ai.log as reader
    except ImportError:
        raise UserError("Inspect's own reader is needed for its logs; pip install 'concertino[inspect]'") from None
    return reader


def _samples(path: Path) -> Iterator[Row]:
    """Samples one at a time, as the JSON that a log holds.

    Raises:
        Unreadable: the log cannot be read, or not to its end.
    """
    try:
        for sample in _reader().read_eval_log_samples(str(path), all_samples_required=False):
            kept = {"id", "epoch", "input", "choices", "target", "output", "scores", "model_usage", "error"}
            yield f"{sample.id} {sample.epoch}", sample.model_dump(mode="json", include=kept)
    except Exception as error:  # the reader has no error of its own
        raise Unreadable("unparsable_file", str(error)) from error


def rows_of(
    model: str, task: str, scorer: str | None, key: str, sample: dict[str, Any]
) -> list[dict[str, Any] | Reject]:
    """Rows of a sample as a log holds it; an unanswered one is a question, told once, and a named reject.

    Args:
        model: the evaluated one.
        task: gives the dataset.
        scorer: whose value is the score; None: the first.
        key: names the sample in its log.
        sample: EvalSample as JSON.
    """
    output, target = sample.get("output") or {}, sample.get("target")
    choices = output.get("choices") or []
    only = target[0] if isinstance(target, list) and len(target) == 1 else target
    question: dict[str, Any] = {
        "row_key": key,
        "dataset": task,
        "source_key": text_of(sample.get("id")),
        "text": _asked(sample.get("input")),
        "ground_truth": text_of(only) or None,
        "metadata": canonical_json({"options": sample["choices"]}) if sample.get("choices") else None,
    }
    epoch = int(sample.get("epoch") or 1)
    if sample.get("error") or not choices:
        failed = Reject("generation_failure", key, detail=text_of((sample.get("error") or {}).get("message")))
        return [failed] if epoch > 1 else [question, failed]
    scores = sample.get("scores") or {}
    score = scores.get(scorer or next(iter(scores), None)) or {}
    usage = (sample.get("model_usage") or {}).get(model) or output.get("usage") or {}
    return [
        question
        | {
            "model": model,
            "sample_index": epoch - 1,
            "response": text_of(output.get("completion")) or _said(choices[0].get("message") or {}),
            "finish_reason": choices[0].get("stop_reason"),
            "score": _value(score.get("value")),
            "extracted": text_of(score.get("answer")),
            "prompt_tokens": _prompt_tokens(usage),
            "completion_tokens": usage.get("output_tokens"),
            "cost_usd": usage.get("total_cost"),
            "latency_s": output.get("time"),
        }
    ]


def _prompt_tokens(usage: dict[str, Any]) -> float | None:
    """Of the whole prompt; some providers count what is cached on its own, and then the total says so."""
    names = ("input_tokens", "input_tokens_cache_read", "input_tokens_cache_write", "output_tokens", "total_tokens")
    into, read, write, out, total = (quantity_of(usage.get(name)) for name in names)
    whole = (into or 0) + (read or 0) + (write or 0)
    return whole if into is not None and total == whole + (out or 0) else into


def _asked(given: Any) -> str | None:
    """The question: the text itself, or what the user says in messages."""
    if isinstance(given, list):
        return "\n\n".join(_said(one) or "" for one in given if one.get("role") == "user") or None
    return text_of(given)


def _said(message: dict[str, Any]) -> str | None:
    """The text of a message."""
    content = message.get("content")
    parts = content if isinstance(content, list) else [{"type": "text", "text": content}]
    return "\n".join(str(one["text"]) for one in parts if one.get("type") == "text" and one.get("text")) or None


def _value(value: Any) -> float | None:
    """A score; unknown where it is NaN, not given, or no single number."""
    if isinstance(value, dict | list) or (isinstance(value, float) and math.isnan(value)):
        return None
    return _VALUES.get(value, number_of(value)) if isinstance(value, str) else number_of(value)
