"""Routing data of LLMRouter: one line a question and model."""

from typing import Any

from tasks.ingest.coerce import number_of, text_of
from tasks.ingest.files import json_files
from tasks.ingest.items import plan_of
from tasks.ingest.quarantine import Reject
from tasks.ingest.registry import Plan, Request, SourceOptions, sources
from tasks.ingest.rows import canonical_json
from warehouse.identity import content_hash

_CHOICES: dict[str | None, str] = {"code_eval": "tests"}  # what they are, by metric


@sources.register("llmrouter")
def llmrouter(request: Request) -> Plan:
    """Query files (`task_name`, `query`, `ground_truth`, `choices`, `task_id`) and routing files.

    These also have `model_name`, `response`, `input_tokens`, `output_tokens`, `response_time`, `performance`. A
    question is one text with one truth, as with LLMRouter itself: a `task_id` is of its file, and of code only. Of
    code, `choices` are its tests. A failed call is no answer; its verdict is kept.

    Raises:
        UserError: nothing readable at the path, or an unknown option.
    """
    options = request.parse(SourceOptions)
    files, odd = json_files(request.existing("routing or query data as JSONL"))
    return plan_of(request, options, [(file, _rows) for file in files], odd)


def _rows(key: str, item: dict[str, Any]) -> list[dict[str, Any] | Reject]:
    text, truth, choices = text_of(item.get("query")), text_of(item.get("ground_truth")), item.get("choices")
    kind = _CHOICES.get(text_of(item.get("metric")), "options")
    row: dict[str, Any] = {
        "row_key": key,
        "dataset": text_of(item.get("task_name")) or "llmrouter",
        "source_key": content_hash("\n".join(filter(None, (text, truth)))) if text else None,
        "text": text,
        "ground_truth": truth,
        "metadata": canonical_json({kind: choices}) if choices else None,
    }
    model, said, score = text_of(item.get("model_name")), text_of(item.get("response")), item.get("performance")
    if model is None:
        return [row]
    row |= {"model": model, "score": number_of(score)}
    if said is not None and _failed(said, item):
        failed = Reject("generation_failure", key, payload={"response": said})
        return [row | {"response": "", "finish_reason": "error"}, failed]
    return [
        row
        | {
            "response": said,
            # 0 where the service told nothing
            "prompt_tokens": item.get("input_tokens") or None,
            "completion_tokens": item.get("output_tokens") or None,
            "latency_s": item.get("response_time"),
        }
    ]


def _failed(said: str, item: dict[str, Any]) -> bool:
    """Whether it is a notice of a failed call; models, too, begin an answer with the second, and tokens are counted."""
    return said.startswith("API Error: ") or (said.startswith("ERROR: ") and not item.get("output_tokens"))
