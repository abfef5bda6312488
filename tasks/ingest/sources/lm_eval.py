"""Samples of EleutherAI's lm-evaluation-harness (`--log_samples`): one file a model and task."""

import re
from collections import defaultdict
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

from pydantic import Field

from profiles.layout import parsed
from tasks.ingest.coerce import number_of, text_of
from tasks.ingest.files import plain_files, shown
from tasks.ingest.formats.json import json_records, json_value
from tasks.ingest.items import newest_whole, plan_of
from tasks.ingest.quarantine import Reject, Unreadable
from tasks.ingest.registry import Plan, Request, SourceOptions, sources
from warehouse.errors import UserError

_NAMED = re.compile(r"samples_(?P<task>.+?)_(?P<date>\d{4}-\d\d-\d\dT[\d.:-]+)$")
_FILTERS = ("strict-match", "none")  # where a task has several, one is taken, in this order
_OF_EVERY_LINE = {"doc_id", "target"}  # that may be a number
_QUESTIONS = ("question", "query", "problem", "ctx", "input", "prompt", "text", "sentence")


class SamplesOptions(SourceOptions):
    """Options of the source `lm-eval`."""

    filter: str | None = Field(
        None, description="whose lines count of a task that has it; else those of strict-match, none, or the first"
    )
    metric: str | None = Field(None, description="which metric is the score; empty: a line's first")


@sources.register("lm-eval")
def lm_eval(request: Request) -> Plan:
    """`<out>/<model>/samples_<task>_<date>.jsonl`.

    Of several runs of a model on a task the newest with a sample counts. The model's name is `model_name` of the
    folder's results file, else the folder's. A question is known by its `doc_hash`; one line is taken per document,
    though the harness writes one per filter. Tokens, cost and latency are not in these files: unknown.

    Raises:
        UserError: nothing readable at the path, an unknown option, or a filter that no task has.
    """
    options = request.parse(SamplesOptions)
    path = request.existing("the harness's output folder, or a samples file of it")
    nothing = f"there is no samples_TASK_DATE.jsonl below {shown(path)}; run the harness with --log_samples"
    files, odd = plain_files(path, {".jsonl"}, nothing, deep=True)
    runs: dict[tuple[Path, str], list[tuple[str, Path]]] = defaultdict(list)
    for file in files:
        if named := _NAMED.match(file.stem):
            runs[file.parent, named["task"]].append((named["date"], file))
    if not runs:
        raise UserError(nothing)
    models = {folder: _model(folder) for folder, _ in runs}
    chosen, known = [], dict[str, None]()
    for (folder, task), dated in sorted(runs.items()):
        file, empty = newest_whole([one for _, one in sorted(dated, reverse=True)])
        odd += empty
        own = dict.fromkeys(_filters(file))
        known |= own
        chosen.append((file, partial(_rows, models[folder], task, _filter(own, options.filter), options.metric)))
    if options.filter is not None and options.filter not in known:
        raise UserError(f"no task has the filter '{options.filter}'; there are: {', '.join(known) or 'none'}")
    return plan_of(request, options, chosen, odd, additive=True, scored=True)


def _model(folder: Path) -> str:
    """The name in the newest results file, which alone has the slashes that folders cannot have."""
    for file in sorted(folder.glob("results_*.json"), reverse=True):
        try:
            results = json_value(file.read_bytes())
        except (OSError, ValueError):
            continue
        if isinstance(results, dict) and isinstance(results.get("model_name"), str) and results["model_name"]:
            return str(results["model_name"])
    return shown(folder.name)


def _filter(there: dict[str, None], wanted: str | None) -> str | None:
    return next((name for name in (wanted, *_FILTERS) if name in there), next(iter(there), None))


def _filters(file: Path) -> Iterator[str]:
    try:
        for _, record in json_records(file):
            if not isinstance(record, Reject) and isinstance(record.get("filter"), str):
                yield record["filter"]
    except Unreadable:
        return  # reading says so again, and then it counts


def _rows(
    model: str, task: str, chosen: str | None, metric: str | None, key: str, item: dict[str, Any]
) -> list[dict[str, Any]]:
    if item.get("filter") != chosen:
        return []
    doc = item["doc"] if isinstance(item.get("doc"), dict) else {}
    prompt, settings = _request(item.get("arguments"))
    named = metric or next(iter(item.get("metrics") or _metrics(item)), None)
    return [
        {
            "row_key": key,
            "dataset": task,
            "source_key": text_of(item.get("doc_hash")) or text_of(item.get("doc_id")),
            "text": next((doc[name] for name in _QUESTIONS if isinstance(doc.get(name), str)), None) or prompt,
            "prompt": prompt,
            "ground_truth": text_of(item.get("target")),
            "model": model,
            # With a continuation in place of settings, log-likelihoods of given options were asked for.
            "response": _generated(item.get("resps")) if isinstance(settings, dict) else None,
            "score": number_of(item.get(named)) if isinstance(named, str) else None,
        }
    ]


def _metrics(item: dict[str, Any]) -> list[str]:
    """What a line of a version that does not list its metrics has beside what every line has."""
    return [name for name, value in item.items() if name not in _OF_EVERY_LINE and isinstance(value, int | float)]


def _request(arguments: Any) -> tuple[str | None, Any]:
    """What was sent first, and with what: `{gen_args_0: {arg_0: …, arg_1: …}}`, or a list of lists in older files."""
    first = next(iter(arguments.values() if isinstance(arguments, dict) else arguments or []), None)
    parts = list(first.values()) if isinstance(first, dict) else first
    if not isinstance(parts, list) or not parts:
        return None, None
    sent = _conversation(parts[0][0]) if isinstance(parts[0], list) and parts[0] else parts[0]
    return sent if isinstance(sent, str) else None, parts[1] if len(parts) > 1 else None


def _conversation(sent: Any) -> Any:
    """What a chat says: of chat services, what was sent is a list of one text, the messages as JSON."""
    messages = parsed(sent)
    if not isinstance(messages, list):
        return sent
    return "\n\n".join(text_of(one.get("content")) or "" for one in messages)


def _generated(responses: Any) -> str | None:
    """The first generated text."""
    while isinstance(responses, list) and responses:
        responses = responses[0]
    return responses if isinstance(responses, str) else None
