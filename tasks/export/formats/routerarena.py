"""RouterArena's prediction files: what every router of an evaluated run asked, and what came of it."""

from typing import Any

import orjson
import polars as pl

from tasks.export.answers import answers_of, file_names
from tasks.export.contract import Export, formats
from warehouse.connect import rows
from warehouse.errors import UserError

_NOTHING = dict.fromkeys(("response", "prompt_tokens", "completion_tokens", "cost_usd", "score"))


@formats.register("routerarena")
def routerarena(wanted: Export) -> dict[str, int]:
    """`router_inference/config/ROUTER.json` and `router_inference/predictions/ROUTER.json`, a pair per router.

    Test questions of the run's first split that has them, by dataset and their key in the source, as RouterArena names
    its own (`AIME_112`); its checker takes those, and counts them. `accuracy` is our verdict, null where there is none;
    what the chosen model has not answered is null, too, for RouterArena's own inference to fill in.

    Raises:
        UserError: the profile has no evaluated run, or none with a router.
    """
    run_id = wanted.run_id or next(iter(rows("routed_run", profile=wanted.run.name)["run_id"]), None)
    if run_id is None:
        raise UserError(f"no run of profile '{wanted.run.name}' is evaluated yet; `concertino evaluate` does it")
    routed = rows("run_route", run=run_id).filter(pl.col("kind") == "router", pl.col("model").is_not_null())
    if routed.is_empty():
        raise UserError(f"run {run_id} has no router; name some in the run profile: routers: [knn]")
    first = routed.unique(["system", "question_id"], keep="first", maintain_order=True)
    said = {(model, row["question_id"]): row for model, own in answers_of(wanted) for row in own.iter_rows(named=True)}
    unanswered = {question: row | _NOTHING for (_, question), row in said.items()}
    counts = {"routers": 0, "predictions": 0}
    for name, (label, own) in zip(
        file_names(first["system"].unique(maintain_order=True)).values(),
        first.group_by("system", maintain_order=True),
        strict=True,
    ):
        pairs = [(one["model"], one["question_id"]) for one in own.iter_rows(named=True)]
        predictions = [
            _prediction(model, said.get((model, question), unanswered[question]))
            for model, question in pairs
            if question in unanswered
        ]
        config = {"pipeline_params": {"router_name": str(label[0]), "models": list(wanted.pool.models)}}
        for folder, value in (("config", config), ("predictions", predictions)):
            path = wanted.folder / "router_inference" / folder / f"{name}.json"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(orjson.dumps(value, option=orjson.OPT_INDENT_2))
        counts["routers"] += 1
        counts["predictions"] += len(predictions)
    return counts


def _prediction(model: str, row: dict[str, Any]) -> dict[str, Any]:
    tokens = row["prompt_tokens"], row["completion_tokens"]
    counted = (*tokens, None if None in tokens else sum(tokens))
    usage = dict(zip(("input_tokens", "output_tokens", "total_tokens"), counted, strict=True))
    dataset = row["dataset"]
    key = row["source_key"].removeprefix(f"{dataset}_").replace("_", "%5F")  # all up to the last _ is the dataset
    return {
        "global index": f"{dataset}_{key}",
        "prompt": row["prompt"] or row["question"],
        "prediction": model,
        "generated_result": None
        if row["response"] is None
        else {
            "generated_answer": row["response"],
            "success": row["finish_reason"] != "error",
            # RouterArena reckons with what is there, and cannot with null
            "token_usage": {name: n for name, n in usage.items() if n is not None},
            "provider": None,
        },
        "cost": row["cost_usd"],
        "accuracy": row["score"],
    }
