"""Every Eval Ever, schema 0.3.0: one aggregate file and one file of samples per model."""

import hashlib
import re
import uuid
from pathlib import Path
from typing import Any

import orjson
import polars as pl

from profiles.schema import PoolModel
from tasks.export.answers import answers_of, file_names
from tasks.export.contract import Export, formats
from tasks.measure.intervals import share_estimate
from warehouse.runs import code_version
from warehouse.writer import now

_SCHEMA = "0.3.0"
_ODD = re.compile(r'[<>:"/\\|?*\x00-\x1f]')


@formats.register("every-eval-ever")
def every_eval_ever(wanted: Export) -> dict[str, int]:
    """`data/PROFILE/DEVELOPER/MODEL/UUID.json` with a result per dataset, and `UUID_samples.jsonl` beside it.

    A result is the mean over the answers with a verdict, its interval Jeffreys' where answers are right or wrong.
    Samples are the answers that have text and a verdict: the schema has no place for others. A model is what its
    `base_model` says, else what LiteLLM calls it, or, replayed, the pool; without a developer in its name it goes below
    `unknown`, of which the validator warns. The same answers give the same identifiers.
    """
    counts = {"models": 0, "results": 0, "samples": 0}
    known = {model.model_name: model for model in wanted.pool.model_list}
    [collection] = file_names([wanted.run.name]).values()
    for model, found in answers_of(wanted):
        scored = found.filter(pl.col("score").is_not_null())
        if scored.is_empty():
            continue
        key = hashlib.sha256("".join(scored["response_id"]).encode()).digest()[:16]
        identity = str(uuid.UUID(bytes=key, version=4))
        called, platform = _named(known[model])
        folder = Path("data", collection, *map(_component, called.split("/", 1)))
        (wanted.folder / folder).mkdir(parents=True, exist_ok=True)
        evaluation = _Evaluation(wanted, called, platform, scored)
        lines = b"".join(orjson.dumps(one) + b"\n" for one in evaluation.samples())
        samples = folder / f"{identity}_samples.jsonl"
        detailed = {}
        if lines:
            (wanted.folder / samples).write_bytes(lines)
            detailed = {
                "detailed_evaluation_results": {
                    "format": "jsonl",
                    "file_path": str(samples),
                    "hash_algorithm": "sha256",
                    "checksum": hashlib.sha256(lines).hexdigest(),
                    "total_rows": lines.count(b"\n"),
                }
            }
        aggregate = evaluation.aggregate() | detailed
        path = wanted.folder / folder / f"{identity}.json"
        path.write_bytes(orjson.dumps(aggregate, option=orjson.OPT_INDENT_2))
        counts["models"] += 1
        counts["results"] += len(aggregate["evaluation_results"])
        counts["samples"] += lines.count(b"\n")
    return counts


def _named(model: PoolModel) -> tuple[str, str | None]:
    """DEVELOPER/NAME, and who else served it: of `openrouter/qwen/qwen3-8b`, the developer is no service's name."""
    platform, called = None, model.model_info.base_model or model.model_name
    if model.provider != "replay" and model.model_info.base_model is None:
        called = str(model.litellm_params["model"])
        if called.count("/") > 1:
            platform, called = called.split("/", 1)
    return called if "/" in called else f"unknown/{called}", platform


def _component(name: str) -> str:
    """A part of the path, as the validator makes it of a model's identity; files are unique without it."""
    return _ODD.sub("_", name).rstrip(". ") or "_"


class _Evaluation:
    """One model's scored answers as the two files hold them."""

    def __init__(self, wanted: Export, model: str, platform: str | None, scored: pl.DataFrame) -> None:
        self._wanted, self._model, self._platform, self._scored = wanted, model, platform, scored
        self._time = str(int(scored["created_at"].max().timestamp()))  # type: ignore[union-attr]
        self._identity = f"{wanted.run.name}/{model}/{self._time}"

    def aggregate(self) -> dict[str, Any]:
        developer, name = self._model.split("/", 1)
        platform = {"inference_platform": self._platform} if self._platform else {}
        synthetic = {"synthetic": "true"} if self._wanted.pool.synthetic else {}
        return {
            "schema_version": _SCHEMA,
            "evaluation_id": self._identity,
            "evaluation_timestamp": self._time,
            "retrieved_timestamp": str(int(now().timestamp())),
            "source_metadata": {
                "source_name": f"Concertino run profile {self._wanted.run.name}",
                "source_type": "evaluation_run",
                "source_organization_name": "unknown",
                "evaluator_relationship": "other",
                "additional_details": {"score_mode": self._wanted.run.score_mode} | synthetic,
            },
            "eval_library": {"name": "concertino", "version": code_version()},
            "model_info": {
                "name": name,
                "id": self._model,
                "developer": developer,
                **platform,
                "additional_details": {"deployment_type": "unknown", "model_availability": "unknown"} | synthetic,
            },
            "evaluation_results": [
                _result(str(dataset), own)
                for (dataset,), own in self._scored.group_by(["dataset"], maintain_order=True)
            ],
        }

    def samples(self) -> list[dict[str, Any]]:
        told = self._scored.filter(pl.col("response").is_not_null())
        return [self._sample(row) for row in told.iter_rows(named=True)]

    def _sample(self, row: dict[str, Any]) -> dict[str, Any]:
        reference = [] if row["ground_truth"] is None else [row["ground_truth"]]
        tokens = row["prompt_tokens"], row["completion_tokens"]
        raw = row["question"]
        given = {
            "schema_version": _SCHEMA,
            "evaluation_id": self._identity,
            "model_id": self._model,
            "evaluation_name": row["dataset"],
            "evaluation_result_id": row["dataset"],
            "sample_id": row["source_key"],
            "sample_hash": hashlib.sha256((raw + "".join(reference)).encode()).hexdigest(),
            "interaction_type": "single_turn",
            "input": {"raw": raw, "formatted": row["prompt"], "reference": reference},
            "output": {"raw": [row["response"]]},
            "answer_attribution": [
                {
                    "turn_idx": 0,
                    "source": "output.raw",
                    "extracted_value": row["extracted"] or "",
                    "extraction_method": "concertino",
                    "is_terminal": True,
                }
            ],
            "evaluation": {"score": row["score"], "is_correct": row["score"] >= 1.0},
        }
        if None not in tokens:
            names = ("input_tokens", "output_tokens", "total_tokens")
            given["token_usage"] = dict(zip(names, (*tokens, sum(tokens)), strict=True))
        if row["latency_s"] is not None:
            given["performance"] = {"latency_ms": 1000 * row["latency_s"]}
        if row["cost_usd"] is not None:
            given["metadata"] = {"cost_usd": repr(row["cost_usd"])}
        return given


def _result(dataset: str, own: pl.DataFrame) -> dict[str, Any]:
    """Accuracy on one dataset."""
    scores = own["score"]
    n, mean = len(scores), float(scores.mean())  # type: ignore[arg-type]
    binary = bool(scores.is_in([0.0, 1.0]).all())
    uncertainty: dict[str, Any] = {"num_samples": n}
    if n > 1:
        error = float(scores.std()) / n**0.5  # type: ignore[arg-type]
        uncertainty["standard_error"] = {"value": error, "method": "analytic"}
    if binary:
        found = share_estimate(mean, n)
        uncertainty["confidence_interval"] = {
            "lower": found.low,
            "upper": found.high,
            "confidence_level": 0.95,
            "method": "Jeffreys",
        }
    costs = own["cost_usd"]
    details = {} if costs.null_count() else {"cost_usd": repr(costs.sum())}
    return {
        "evaluation_result_id": dataset,
        "evaluation_name": dataset,
        "source_data": {"dataset_name": dataset, "source_type": "other"},
        "metric_config": {
            "metric_id": "accuracy",
            "metric_name": "accuracy",
            "metric_kind": "accuracy",
            "metric_unit": "proportion",
            "lower_is_better": False,
            "score_type": "continuous",
            "min_score": 0.0,
            "max_score": 1.0,
        },
        "score_details": {"score": mean, "details": details, "uncertainty": uncertainty},
    }
