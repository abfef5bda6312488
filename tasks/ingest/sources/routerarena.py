"""Prediction files of RouterArena: what routers sent where, and what came of it."""

from typing import Any

from tasks.ingest.coerce import number_of, text_of
from tasks.ingest.files import plain_files, shown
from tasks.ingest.items import plan_of
from tasks.ingest.registry import Plan, Request, SourceOptions, sources
from warehouse.errors import UserError


@sources.register("routerarena")
def routerarena(request: Request) -> Plan:
    """`predictions/ROUTER.json` with `global index`, `prompt`, `prediction`, `generated_result`, `cost`, `accuracy`.

    A row is an answer of the model that its router chose; what was not generated or not judged yet is unknown, never
    wrong. The index names the dataset: `AIME_112` is of `AIME`. Configurations and robustness files, whose prompts
    are altered, are passed over.

    Raises:
        UserError: nothing readable at the path, or an unknown option.
    """
    options = request.parse(SourceOptions)
    path = request.existing("a prediction file, or a folder of them")
    nothing = f"{shown(path)} is no RouterArena prediction file and has none; give router_inference/predictions"
    files, odd = plain_files(path, {".json"}, nothing, deep=True)
    taken = [file for file in files if file.parent.name != "config" and not file.stem.endswith("-robustness")]
    if not taken:
        raise UserError(nothing)
    return plan_of(request, options, [(file, _rows) for file in taken], odd, additive=True)


def _rows(key: str, item: dict[str, Any]) -> list[dict[str, Any]]:
    index = text_of(item.get("global index", item.get("global_index")))
    question: dict[str, Any] = {
        "row_key": key,
        "dataset": (index or "").rpartition("_")[0] or "routerarena",
        "source_key": index,
        "text": text_of(item.get("prompt")),
    }
    model, score = text_of(item.get("prediction")), number_of(item.get("accuracy"))
    generated = item.get("generated_result")
    generated = generated if isinstance(generated, dict) else {}
    said = text_of(generated.get("generated_answer")) if generated.get("success") is True else None
    if model is None or (said is None and score is None):
        return [question]
    usage = generated.get("token_usage")
    usage = usage if isinstance(usage, dict) else {}
    return [
        question
        | {
            "model": model,
            "response": said,
            "score": score,
            # 0 where nothing was counted; RouterArena's own score passes over a cost of 0
            "prompt_tokens": usage.get("input_tokens") or None,
            "completion_tokens": usage.get("output_tokens") or None,
            "cost_usd": item.get("cost") or None,
        }
    ]
