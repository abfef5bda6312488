"""Routing data of LLMRouter: one line a question and model."""

from typing import Any

from tasks.ingest.coerce import number_of, text_of
from tasks.ingest.files import json_files
from tasks.ingest.items import plan_of
from tasks.ingest.registry import Plan, Request, SourceOptions, sources
from tasks.ingest.rows import canonical_json
from warehouse.identity import content_hash


@sources.register("llmrouter")
def llmrouter(request: Request) -> Plan:
    """Query files (`task_name`, `query`, `ground_truth`, `choices`, `task_id`) and routing files.

    These also have `model_name`, `response`, `input_tokens`, `output_tokens`, `response_time`, `performance`.

    Raises:
        UserError: nothing readable at the path, or an unknown option.
    """
    options = request.parse(SourceOptions)
    files, odd = json_files(request.existing("routing or query data as JSONL"))
    return plan_of(request, options, [(file, _rows) for file in files], odd)


def _rows(key: str, item: dict[str, Any]) -> list[dict[str, Any]]:
    text = text_of(item.get("query"))
    choices = item.get("choices")
    row: dict[str, Any] = {
        "row_key": key,
        "dataset": text_of(item.get("task_name")) or "llmrouter",
        "source_key": text_of(item.get("task_id")) or (content_hash(text) if text else None),
        "text": text,
        "ground_truth": text_of(item.get("ground_truth")),
        "metadata": canonical_json({"options": choices}) if choices else None,
    }
    model = text_of(item.get("model_name"))
    if model is None:
        return [row]
    return [
        row
        | {
            "model": model,
            "response": text_of(item.get("response")),
            "score": number_of(item.get("performance")),
            "prompt_tokens": item.get("input_tokens"),
            "completion_tokens": item.get("output_tokens"),
            "latency_s": item.get("response_time"),
        }
    ]
