"""Recorded answers of real models: Parquet, JSONL or CSV, one row per (dataset, split, question, model)."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path

import polars as pl
from pydantic import Field

from profiles.amounts import MOST_USD
from profiles.load import load_datasets
from tasks.ingest.coerce import keys, mean_logprobs, numbers, object_of, quantities
from tasks.ingest.files import file_hash, matches, name_of, read_batches, shown, table_files
from tasks.ingest.look_alikes import Names, spellings, unread
from tasks.ingest.prices import price_file
from tasks.ingest.quarantine import Unreadable
from tasks.ingest.registry import Batch, Plan, Request, SourceFile, SourceOptions, sources
from tasks.ingest.rows import as_records, canonical_json
from tasks.ingest.variants import choose
from warehouse.identity import content_hash, hash_json

FIELDS = (
    "dataset",
    "split",
    "question_id",
    "question",
    "prompt",
    "ground_truth",
    "model",
    "response",
    "score",
    "prompt_tokens",
    "completion_tokens",
    "cost_usd",
    "latency_s",
    "mean_logprob",
    "finish_reason",
    "metadata",
    "part",
)
_REQUIRED = ("question", "model")
_NUMBERS: dict[str, Callable[[pl.Expr], pl.Expr]] = {
    "score": numbers,
    "mean_logprob": mean_logprobs,
    "prompt_tokens": quantities,
    "completion_tokens": quantities,
    "cost_usd": partial(quantities, most=MOST_USD),
    "latency_s": quantities,
}
_NAMES: Names = {
    "dataset": ("dataset", "benchmark"),
    "question_id": ("question_id", "qid"),
    "ground_truth": ("ground_truth", "truth", "gold", "target", "reference", "correct_answer"),
    "response": ("response", "completion", "output", "generation", "model_output"),
    "score": ("score", "correct", "is_correct", "passed", "accuracy"),
    "prompt_tokens": ("prompt_tokens", "input_tokens"),
    "completion_tokens": ("completion_tokens", "output_tokens"),
    "cost_usd": ("cost_usd", "cost", "total_cost", "spend"),
    "latency_s": ("latency_s", "latency", "response_time"),
}
_SAMPLES = "samples"  # the variant of questions whose splits are repeated samples


class RecordedOptions(SourceOptions):
    """Options of the source `recorded`."""

    columns: dict[str, str] = Field(default_factory=dict, description="our column name → the file's")
    variants: list[str] = Field(default_factory=list, description="accepted splits; empty: all")
    samples_from_split: bool = Field(
        False, description="splits are repeated samples of one variant (run1, run2, ...), not variants"
    )


@sources.register("recorded")
def recorded(request: Request) -> Plan:
    """Recorded answers, and the list prices of `model_prices.csv` beside them.

    The split is the question's variant. With `samples_from_split` a dataset's splits, those of all files together,
    become sample 0, 1, ... in the order of their names, and the variant is `samples`. `part` is the user's own train,
    validation or test part, for the splitter `file`. A null response keeps its score through an answer with empty text
    and finish reason `not_recorded`. A null cost stays null; so does a number that is none, and a note counts it.

    Raises:
        UserError: nothing readable at the path, a column that is missing, an unknown option.
    """
    options = request.parse(RecordedOptions)
    files, odd = table_files(request.existing("a Parquet, JSONL or CSV file of recorded answers"))
    files = [file for file in files if file.name != "model_prices.csv"]
    chosen = choose(_splits(files, options), options.variants, refuse_clash=False)
    read = [
        SourceFile(shown(file), partial(_hash, file, chosen, options), partial(_read, file, request, options, chosen))
        for file in files
    ]
    priced = [price for file in files if (price := price_file(file)) is not None]
    return Plan((*read, *priced), tuple(odd), specifications=tuple(load_datasets()), synthetic=options.synthetic)


def _read(path: Path, request: Request, options: RecordedOptions, chosen: set[tuple[str, str]]) -> Iterator[Batch]:
    ranks = _ranks(chosen) if options.samples_from_split else None
    known, told = {*FIELDS, *options.columns.values()}, {*options.columns}
    batches = read_batches(path, FIELDS, options.columns, _REQUIRED, _NUMBERS.keys(), spellings(_NAMES))
    for frame, rejects in batches:
        rejects += unread(path, frame.columns, _NAMES, known, told)
        named = _named(frame, path)
        ours = [name for name in named["dataset"].unique() if matches(name, request.datasets)]
        others = frozenset(set(named["dataset"].unique()) - set(ours))
        kept = named.filter(pl.col("dataset").is_in(ours))
        if options.variants:
            pairs = pl.DataFrame(sorted(chosen), schema=["dataset", "split"], orient="row")
            kept = kept.join(pairs, on=["dataset", "split"], how="semi", maintain_order="left")
        scored = "score" in frame.columns
        records, n_odd = _records(kept, ranks)
        yield Batch(records, rejects=tuple(rejects), notes={"odd_number": n_odd}, others=others, scored=scored)


def _splits(files: Sequence[Path], options: RecordedOptions) -> set[tuple[str, str]]:
    """All (dataset, split) of the files, read beforehand only where a choice or an order depends on them."""
    found: set[tuple[str, str]] = set()
    if not (options.variants or options.samples_from_split):
        return found
    columns = {name: column for name, column in options.columns.items() if name in ("dataset", "split")}
    for path in files:
        with suppress(Unreadable):  # which reading says again, and then it counts
            for frame, _ in read_batches(path, ("dataset", "split"), columns, ()):
                found |= set(_named(frame, path).select("dataset", "split").unique().iter_rows())
    return found


def _hash(path: Path, chosen: set[tuple[str, str]], options: RecordedOptions) -> str:
    """Of a file; where its samples are counted among those of the other files, with these."""
    own = file_hash(path)
    return hash_json([own, sorted(chosen)]) if options.samples_from_split else own


def _ranks(splits: set[tuple[str, str]]) -> pl.DataFrame:
    """Sample index per (dataset, split): splits in the order of their names."""
    frame = pl.DataFrame(sorted(splits), schema={"dataset": pl.String, "split": pl.String}, orient="row")
    return frame.with_columns(sample_index=pl.int_range(pl.len(), dtype=pl.Int32).over("dataset"))


def _named(frame: pl.DataFrame, path: Path) -> pl.DataFrame:
    """With dataset (default: the file's name) and split (default: none)."""
    dataset = pl.col("dataset").cast(pl.String) if "dataset" in frame.columns else pl.lit(name_of(path))
    split = pl.col("split").cast(pl.String) if "split" in frame.columns else pl.lit(None, pl.String)
    return frame.with_columns(dataset=keys(dataset.fill_null("")), split=keys(split.fill_null("")))


def _records(frame: pl.DataFrame, ranks: pl.DataFrame | None) -> tuple[pl.DataFrame, int]:
    """Records, and how many numbers of theirs were none."""
    if ranks is not None:
        ranked = frame.join(ranks, on=["dataset", "split"], how="left", maintain_order="left")
        frame = ranked.with_columns(split=pl.lit(_SAMPLES))
    if "question_id" not in frame.columns:
        frame = frame.with_columns(question_id=_content_keys(frame["question"].cast(pl.String)))
    if {"metadata", "part"} & set(frame.columns):
        frame = frame.with_columns(_checked(frame))
    present = {name: convert(pl.col(name)) for name, convert in _NUMBERS.items() if name in frame.columns}
    names = {"split": "variant", "question_id": "source_key", "question": "text"}
    records = as_records(frame.with_columns(**present).rename(names))
    given = sum(frame.select(numbers(pl.col(name)).count()).item() for name in present)
    taken = sum(records[name].cast(pl.Float64).fill_nan(None).count() for name in present)
    return records, given - taken


def _checked(frame: pl.DataFrame) -> list[pl.Series]:
    """Metadata and part as canonical JSON, and the reason for rows where the metadata are no JSON object."""
    absent = pl.lit(None, pl.String)
    given = frame.select(
        pl.col(name).cast(pl.String) if name in frame.columns else absent.alias(name) for name in ("metadata", "part")
    )
    texts: dict[tuple[str | None, ...], str | None] = {}
    bad = set()
    for text, part in given.unique().iter_rows():
        try:
            found = object_of(text) | ({} if part is None else {"part": part})
            texts[text, part] = canonical_json(found) if found else None
        except ValueError:
            bad.add(text)
    values = [texts.get(pair) for pair in given.iter_rows()]
    reasons = ["bad_metadata" if text in bad else None for text in given["metadata"]]
    return [pl.Series("metadata", values, pl.String), pl.Series("reason", reasons, pl.String)]


def _content_keys(texts: pl.Series) -> pl.Series:
    """Keys for questions without an identifier: the hash of their normalised text."""
    hashes = {text: content_hash(text) for text in texts.unique() if text}
    return pl.Series([hashes.get(text) for text in texts], dtype=pl.String)
