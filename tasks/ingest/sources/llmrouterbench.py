"""LLMRouterBench's result tree: one JSON file per (dataset, variant, model) and time stamp."""

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice
from operator import itemgetter
from pathlib import Path
from typing import Any, Literal

import orjson
import polars as pl
from pydantic import Field

from profiles.amounts import MOST_USD
from profiles.load import load_datasets, load_prices
from profiles.price_book import PriceBook
from tasks.ingest.coerce import amounts, measures, text_of, texts
from tasks.ingest.files import file_hash, matches, plain_files, shown
from tasks.ingest.formats.json import json_value, refuse_foreign
from tasks.ingest.quarantine import REASONS, Reject, Unreadable
from tasks.ingest.registry import Batch, Plan, RejectedFile, Request, SourceFile, SourceOptions, sources
from tasks.ingest.rows import as_records
from tasks.ingest.variants import choose
from warehouse.errors import UserError
from warehouse.identity import text_hash

_BATCH = 4096
_STAMP = re.compile(r"(\d{8})_(\d{6})(?=\.json$)")
_IDENTITY = ("dataset_name", "split", "model_name")
# A text that begins like this, for which nothing was counted or charged, is the collector's notice, not an answer.
_NOTICE = re.compile(r"\W*(\w+\W+){0,6}?(error|errors|fail|failed|failure|exception|timeout|retries)\b", re.IGNORECASE)
_PREDICTION_CHARACTERS = 200
_TOKENS = ("prompt_tokens", "completion_tokens")
_QUANTITIES = {"prompt_tokens": math.inf, "completion_tokens": math.inf, "cost": MOST_USD}  # and the most of each
_TEXTS = ("index", "origin_query", "prompt", "ground_truth", "raw_output")
_MEMBERS = (*_TEXTS, *_QUANTITIES, "score", "prediction")


class TreeOptions(SourceOptions):
    """Options of the source `llmrouterbench`."""

    variants: list[str] = Field(default_factory=list, description="accepted variants, such as test_3000 or gpqa/test")
    identity: Literal["index", "prompt"] = Field(
        "index", description="what makes two records the same question; one choice for a warehouse"
    )


@dataclass(frozen=True, slots=True)
class _Result:
    """A result file and what its body says it is."""

    path: Path
    dataset: str
    variant: str
    model: str
    demo: bool

    @property
    def stamp(self) -> int:
        """YYYYMMDDHHMMSS of the name, else seconds since 1970, which lose against any stamp."""
        found = _STAMP.search(self.path.name)
        return int(found[1] + found[2]) if found else int(self.path.stat().st_mtime)


@sources.register("llmrouterbench")
def llmrouterbench(request: Request) -> Plan:
    """All result files below a folder, by what their bodies say (LLMRouterBench reference, section 1.5).

    What the reference's loader passes over in silence is counted by name: files that cannot be parsed, partial
    (demo) runs, older runs of the same thing, variants that were not chosen, records without a score.

    Raises:
        UserError: no result file below the path, or several variants of a dataset of which none was chosen.
    """
    options = request.parse(TreeOptions)
    root = request.existing("a folder of LLMRouterBench results")
    nothing = f"there is no LLMRouterBench result below {shown(root)}; give the folder that holds its JSON files"
    paths, odd = plain_files(root, {".json"}, nothing, deep=True)
    found = [_identify(path) for path in paths]
    results = [one for one in found if isinstance(one, _Result)]
    rejected = [*odd, *(one for one in found if isinstance(one, RejectedFile))]
    if not results:
        raise UserError(nothing)
    others = frozenset(one.dataset for one in results if not matches(one.dataset, request.datasets))
    results = [one for one in results if one.dataset not in others]
    rejected += [_reject(one.path, "demo_file") for one in results if one.demo]
    results = [one for one in results if not one.demo]
    pairs = {(one.dataset, one.variant) for one in results}
    chosen = choose(pairs, options.variants, refuse_clash=True)
    for one in results:
        if (one.dataset, one.variant) not in chosen:
            rejected.append(_reject(one.path, "variant_not_chosen", f"{one.dataset}/{one.variant}"))
    newest, older = _newest([one for one in results if (one.dataset, one.variant) in chosen])
    prices = load_prices()
    files = [
        SourceFile(shown(one.path), partial(file_hash, one.path), partial(_read, one, options, prices))
        for one in newest
    ]
    merged = Counter(dataset for dataset, _ in chosen)
    return Plan(
        tuple(files),
        tuple(rejected + older),
        tuple(load_datasets()),
        options.synthetic,
        Counter(variant_clash=sum(n > 1 for n in merged.values())),
        others,
    )


def results_below(root: Path) -> set[tuple[str, str, str]]:
    """Dataset, variant and model of all whole results below a folder, by what their bodies say."""
    found = (_identify(path) for path in root.rglob("*.json"))
    return {(one.dataset, one.variant, one.model) for one in found if isinstance(one, _Result) and not one.demo}


def _identify(path: Path) -> _Result | RejectedFile:
    """What a file says it is, from the part before its records where that is enough."""
    try:
        body = _head(path) or _parse(path)
    except Unreadable as error:
        return _reject(path, error.reason, error.detail, lost=error.reason == "unparsable_file")
    if not all(isinstance(body.get(name), str) and body[name].strip() for name in _IDENTITY):
        return _reject(path, "not_a_result")
    return _Result(path, body["dataset_name"], body["split"], body["model_name"], bool(body.get("demo")))


def _head(path: Path) -> Mapping[str, Any] | None:
    """The members before `records`, or None when these do not tell everything.

    A prefix that becomes valid JSON by one closing brace was cut at the top level, so no nested or quoted
    "records" can mislead.
    """
    with path.open("rb") as handle:
        start, found, _ = handle.read(1 << 16).partition(b'"records"')
    try:
        head = orjson.loads(start.rstrip().removesuffix(b",") + b"}") if found else None
    except ValueError:
        return None
    complete = isinstance(head, dict) and all(name in head for name in (*_IDENTITY, "demo"))
    return head if complete else None


def _parse(path: Path) -> Mapping[str, Any]:
    refuse_foreign(path)
    try:
        body = json_value(path.read_bytes())
    except ValueError as error:
        raise Unreadable("unparsable_file", str(error)) from error
    if not isinstance(body, dict) or not isinstance(body.get("records"), list):
        raise Unreadable("not_a_result", "the body has no list of records")
    return body


def _newest(results: list[_Result]) -> tuple[list[_Result], list[RejectedFile]]:
    """The newest readable file per (dataset, variant, model) in path order, and the others with their reason."""
    groups: dict[tuple[str, str, str], list[_Result]] = defaultdict(list)
    for one in results:
        groups[one.dataset, one.variant, one.model].append(one)
    newest, rejected = [], []
    for group in groups.values():
        # Of equal stamps the first in path order stays, as with the reference's strict comparison.
        candidates = sorted(group, key=lambda one: -one.stamp)
        while len(candidates) > 1:
            try:
                if any(map(_is_answer, _parse(candidates[0].path)["records"])):
                    break
                raise Unreadable("empty_file", REASONS["empty_file"])
            except Unreadable as error:
                rejected.append(_reject(candidates.pop(0).path, error.reason, error.detail))
        newest.append(candidates[0])
        rejected += [_reject(one.path, "superseded_file", f"by {candidates[0].path.name}") for one in candidates[1:]]
    return sorted(newest, key=lambda one: one.path), rejected


def _is_answer(record: Any) -> bool:
    """Whether a record tells of an answer to a question: what has none of them all is no newer version of anything."""
    if not isinstance(record, dict) or record.get("index") is None:
        return False
    asked, said = record.get("origin_query") or record.get("prompt"), record.get("raw_output")
    return bool(asked) and (bool(said) or record.get("score") is not None)


def _reject(path: Path, reason: str, detail: str | None = None, *, lost: bool = False) -> RejectedFile:
    return RejectedFile(shown(path), file_hash(path), Reject(reason, shown(path), "ingest_file", detail), lost)


def _read(result: _Result, options: TreeOptions, prices: PriceBook) -> Iterator[Batch]:
    price = prices.models.get(result.model)
    free = price is not None and price.input_usd_per_mtok == 0 and price.output_usd_per_mtok == 0
    named = {"dataset": result.dataset, "variant": result.variant, "model": result.model}
    numbered = enumerate(_parse(result.path)["records"], 1)
    while chunk := list(islice(numbered, _BATCH)):
        rejects = [
            Reject("malformed_record", f"record {position}", payload={"record": record})
            for position, record in chunk
            if not isinstance(record, dict)
        ]
        records = [record for _, record in chunk if isinstance(record, dict)]
        rows, notes = _rows(records, options.identity, free=free)
        for place in rows["failed"].arg_true():
            payload = {"raw_output": records[place]["raw_output"]}
            rejects.append(Reject("generation_failure", rows["row_key"][place], payload=payload))
        frame = rows.with_columns(pl.lit(value).alias(name) for name, value in named.items())
        yield Batch(as_records(frame), rejects=tuple(rejects), notes=notes)


def _rows(records: list[dict[str, Any]], identity: str, *, free: bool) -> tuple[pl.DataFrame, Counter[str]]:
    """Records with columns of `rows.RECORD`, and what is to be noted (LLMRouterBench reference, section 1.4).

    No tokens and no cost where the reference counts 0 for what nobody counted: a prompt has tokens, a text too, and
    only a model whose list price is 0 answers for nothing.
    """
    given = _columns(records)
    # Lazy: a release has hundreds of files, and each collection costs as much as the work on one.
    frame = (
        pl.LazyFrame([texts(given[name]).alias(name) for name in _TEXTS])
        .with_columns(
            *(amounts(given[name], most).alias(name) for name, most in _QUANTITIES.items()),
            score=measures(given["score"]),
            extracted=texts([_extracted(one) for one in given["prediction"]]),
            metadata=_metadata(given["index"]),
            prompt=pl.when(pl.col("prompt") != "").then("prompt"),
            answered=pl.col("raw_output").fill_null("") != "",
        )
        .with_columns(
            *(pl.when(pl.col(name) % 1 == 0).then(name).alias(name) for name in _TOKENS),
            text=pl.when(pl.col("origin_query") != "").then("origin_query").otherwise("prompt"),
        )
        .with_columns(sent=pl.coalesce("prompt", "text"))
        .collect()
    )
    notes = Counter(
        odd_number=sum(len(records) - given[name].count(None) - frame[name].count() for name in _QUANTITIES)
    )
    keys = frame["index"] if identity == "index" else [text_hash(one) if one else None for one in frame["sent"]]
    frame = (
        frame.lazy()
        .with_columns(
            pl.Series("source_key", keys, pl.String),
            failed=_failed(frame),
            row_key=pl.format("index {}", pl.col("index").fill_null("None")),
            prompt_tokens=pl.when(pl.col("prompt_tokens") > 0).then("prompt_tokens"),
            completion_tokens=pl.when(~pl.col("answered") | (pl.col("completion_tokens") > 0)).then(
                "completion_tokens"
            ),
        )
        .with_columns(
            cost_usd=pl.when((pl.col("cost") > 0) | (pl.lit(free) & ~pl.col("failed"))).then("cost"),
            response=pl.when("failed").then(pl.lit("")).otherwise("raw_output"),
            finish_reason=pl.when("failed").then(pl.lit("error")),
            uncounted=pl.col("prompt_tokens").is_null() | (pl.col("answered") & pl.col("completion_tokens").is_null()),
        )
        .collect()
    )
    notes["unknown_tokens"] = int(frame["uncounted"].sum())
    notes["unknown_cost"] = frame["cost_usd"].null_count()
    return frame, notes


def _columns(records: list[dict[str, Any]]) -> dict[str, Sequence[Any]]:
    """The values of the members that we read, record by record."""
    try:  # in one go where every record has them all
        return dict(zip(_MEMBERS, zip(*map(itemgetter(*_MEMBERS), records), strict=True), strict=True))
    except (KeyError, ValueError):
        return {name: [record.get(name) for record in records] for name in _MEMBERS}


def _metadata(index: Sequence[Any]) -> pl.Series:
    if set(map(type, index)) == {int}:
        return '{"index":' + texts(index) + "}"
    return texts([{"index": one} for one in index])


def _failed(frame: pl.DataFrame) -> pl.Series:
    """Whether what stands in an answer's place is the collector's notice."""
    nothing = pl.all_horizontal(pl.col(*_QUANTITIES).fill_null(0) == 0)
    suspects = frame.select(pl.when(nothing & pl.col("answered")).then("raw_output")).to_series()
    if suspects.null_count() == len(suspects):
        return pl.Series([False]).new_from_index(0, len(frame))
    return pl.Series([bool(_NOTICE.match(one)) for one in suspects.fill_null("")], dtype=pl.Boolean)


def _extracted(prediction: Any) -> str | None:
    """The collector's extracted answer where it is one short value, not a conversation or a grid."""
    if prediction is None or isinstance(prediction, list | dict):
        return None
    text = (prediction if isinstance(prediction, str) else text_of(prediction) or "").strip()
    return text if 0 < len(text) <= _PREDICTION_CHARACTERS else None
