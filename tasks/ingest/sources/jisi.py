"""Banks as JiSi publishes them: one line a question, with every model's score, text and tokens."""

from functools import partial
from pathlib import Path
from typing import Any

from tasks.ingest.coerce import number_of, text_of
from tasks.ingest.files import json_files
from tasks.ingest.items import plan_of
from tasks.ingest.registry import Plan, Request, SourceOptions, sources
from tasks.ingest.rows import canonical_json
from warehouse.identity import content_hash

_PARTS = ("train", "validation", "test")


@sources.register("jisi")
def jisi(request: Request) -> Plan:
    """JSONL with `query`, `dataset`, `records` (model → score), `raw_output` (model → text), `usages`.

    A null score is unknown, never wrong (the published code makes it 0). A file named after a part (`train.jsonl`)
    gives its questions that part, for the splitter `file`.

    Raises:
        UserError: nothing readable at the path, or an unknown option.
    """
    options = request.parse(SourceOptions)
    files, odd = json_files(request.existing("a bank as JSONL, or a folder of them"))
    return plan_of(request, options, [(file, partial(_rows, _part(file))) for file in files], odd, additive=True)


def _part(path: Path) -> str | None:
    words = path.stem.lower().replace("-", "_").split("_")
    return next((part for part in _PARTS if part in words), None)


def _rows(part: str | None, key: str, item: dict[str, Any]) -> list[dict[str, Any]]:
    text = text_of(item.get("query"))
    question: dict[str, Any] = {
        "row_key": key,
        "dataset": text_of(item.get("dataset")) or "jisi",
        "source_key": content_hash(text) if text else None,
        "text": text,
        "ground_truth": text_of(item.get("ground_truth")),
        "metadata": None if part is None else canonical_json({"part": part}),
    }
    scores, texts, usages = (_object(item.get(name)) for name in ("records", "raw_output", "usages"))
    models = dict.fromkeys([*scores, *texts])
    rows = [
        question
        | {
            "row_key": f"{key} {model}",
            "model": model,
            "response": text_of(texts.get(model)),
            "score": number_of(scores.get(model)),
            # 0 where nothing was counted: a prompt has tokens, and so has what is said
            "prompt_tokens": _object(usages.get(model)).get("prompt_tokens") or None,
            "completion_tokens": _object(usages.get(model)).get("completion_tokens") or None,
        }
        for model in models
        if scores.get(model) is not None or texts.get(model) is not None
    ]
    return rows or [question]


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
