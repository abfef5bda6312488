"""Bring a source into the warehouse: skip what is known by its hash, land the rest, count everything."""

import gc
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl

from profiles.load import dataset_of
from tasks.ingest.buffer import Buffer, Load, Tally
from tasks.ingest.digests import unchanged_of, with_digests
from tasks.ingest.files import shown
from tasks.ingest.land import FileLanding, Outcome
from tasks.ingest.quarantine import TOLD_BY, Reject, Unreadable
from tasks.ingest.questions import Questions
from tasks.ingest.registry import Plan, Request, SourceFile, sources
from tasks.ingest.rows import dataset_row, dataset_rows
from warehouse.connect import rows
from warehouse.errors import UserError
from warehouse.identity import hash_json
from warehouse.settings import settings
from warehouse.writer import load_landing, now, write

# Raised when the rows of an unchanged file would differ from those of the last release.
_REVISION = 3
_NAMED = 5  # files in a sentence


@dataclass(slots=True)
class Summary:
    """What an ingest did.

    Args:
        rows: landed rows per table.
        quarantined: rejected rows by reason; the reasons are those of `quarantine.REASONS`.
        notes: counted remarks that reject nothing: `missing_cell` (a question that a model's run lacks),
            `missing_run` (a dataset and variant that a model lacks), `variant_clash` (a dataset of which several
            variants were taken), `unknown_cost`, `unknown_tokens`, `odd_number` (a number that is none, or
            tokens that are not whole: left null), `odd_size` (a benchmark of the hub has not as many questions as
            published),
            `no_examples` (a benchmark of the hub whose repository lacks the worked examples it is asked with),
            `joined_parts` (an answer's text came with one file, its score with another: both are kept),
            `fewer_rows` (a file has so many rows less than when it was read last: what they brought stays),
            `replaced_answer` (several of the files give it: that of the last one is kept),
            `outdated_verdict` (its question got another truth, tests or options: `score` judges it again).
        unchanged: files that were skipped because their hash is known.
        quarantined_before: rejected rows of the skipped files, from the time they were read.
        datasets: names of the datasets that were read.
        others: names of the datasets that were passed over.
        unread: file → why nothing of it was taken, as a sentence.
        coverage: one row per (dataset, variant, model) of `datasets` with n_question, n_answered, n_scored.
    """

    rows: Counter[str] = field(default_factory=Counter)
    quarantined: Counter[str] = field(default_factory=Counter)
    notes: Counter[str] = field(default_factory=Counter)
    unchanged: int = 0
    quarantined_before: int = 0
    datasets: set[str] = field(default_factory=set)
    others: set[str] = field(default_factory=set)
    unread: dict[str, str] = field(default_factory=dict)
    coverage: pl.DataFrame = field(default_factory=pl.DataFrame)

    def complaint(self) -> str | None:
        """One sentence about the files of which nothing was taken; None when there is none."""
        if not self.unread:
            return None
        first, *more = self.unread
        named = ", ".join(more[:_NAMED]) + (f" and {len(more) - _NAMED} more files" if len(more) > _NAMED else "")
        return self.unread[first] + (f"; nor anything from {named}" if more else "")

    def counts(self) -> dict[str, int]:
        """Everything as one flat mapping; the number of quarantined rows comes last."""
        tables = {name: n for name, n in self.rows.items() if name != "quarantine"}
        files = {"unchanged files": self.unchanged, "quarantined before": self.quarantined_before}
        notes = {f"note: {name}": n for name, n in sorted(self.notes.items()) if n}
        reasons = {f"quarantined: {name}": n for name, n in sorted(self.quarantined.items())}
        return tables | files | notes | reasons | {"quarantined": self.quarantined.total()}


def ingest_source(
    name: str, path: str | None, options: Mapping[str, Any], run_id: str, load: Load = load_landing
) -> Summary:
    """Bring one source into the warehouse. Doing it again does nothing twice; a killed one starts again where it was.

    Args:
        name: of the source registry.
        path: file or folder, where the source needs one.
        options: `datasets` (globs over dataset names, all by default) and the source's own.
        run_id: the run this belongs to.
        load: moves landed rows into the warehouse.

    Raises:
        UserError: unknown source or option, nothing at the path, variant clash, nothing that matches, or no file of
            which anything could be taken. Where some could, `complaint` tells of the others.
    """
    started = now()
    plan, datasets, own = _plan(name, path, options)
    options_hash = hash_json({"datasets": sorted(datasets), "options": own, "revision": _REVISION})[:20]
    known = {row["path"]: row for row in rows("ingest_file", source=name, options=options_hash).to_dicts()}
    unchanged = unchanged_of(plan.files, known)
    summary = Summary(
        notes=Counter(plan.notes),
        unchanged=len(unchanged),
        quarantined_before=sum(known[file.path]["n_quarantined"] for file in unchanged),
        others=set(plan.others),
    )
    changed = [file for file in plan.files if file not in unchanged]
    questions = None
    if changed and plan.additive:
        questions = rows("question", datasets=list(datasets))
    elif changed and unchanged:  # the changed files must agree with those that stay
        questions = rows("ingest_question", source=name)
    texts = None if plan.additive or not changed else rows("ingest_text", source=name, datasets=list(datasets))
    landing = FileLanding(plan, name, run_id, options_hash, Questions(questions, texts), Buffer(load))
    outcomes = _land(plan, changed, landing, summary)
    if not (unchanged or summary.datasets or summary.rows["price"]) and (complaint := summary.complaint()):
        raise UserError(complaint)
    there = rows("ingest_dataset", source=name, datasets=list(datasets))
    known_elsewhere = plan.additive and (summary.datasets or unchanged)
    if there.is_empty() and not known_elsewhere:
        raise UserError(_nothing(path, datasets, summary))
    _refresh_datasets(there, plan, summary)
    kept = int(rows("ingest_landed", run_id=run_id, since=started)["n_answer"][0])
    summary.notes["replaced_answer"] = max(0, summary.rows["response"] - summary.notes["joined_parts"] - kept)
    names = sorted({*summary.datasets, *there["dataset"]})
    summary.notes["fewer_rows"] = sum(_fewer(known[one.path], one) for one in outcomes if one.path in known)
    summary.notes["outdated_verdict"] = int(rows("score_outdated", datasets=names)["n"][0])
    if summary.datasets:
        source = None if plan.additive else name
        _cover(rows("ingest_coverage", source=source, names=sorted(summary.datasets)), summary)
    return summary


def check_source(name: str, path: str | None, options: Mapping[str, Any]) -> Summary:
    """What `ingest_source` would do with all of a source's files, were none known by its hash; nothing is written.

    Args:
        name: of the source registry.
        path: file or folder, where the source needs one.
        options: as for `ingest_source`.

    Raises:
        UserError: as `ingest_source`.
    """
    plan, datasets, _ = _plan(name, path, options)
    questions = texts = None
    if settings().has_warehouse:
        questions = rows("question", datasets=list(datasets)) if plan.additive else None
        texts = None if plan.additive else rows("ingest_text", source=name, datasets=list(datasets))
    summary = Summary(notes=Counter(plan.notes), others=set(plan.others))
    tally = Tally(questions)
    _land(plan, plan.files, FileLanding(plan, name, "", "", Questions(questions, texts), tally), summary)
    if not summary.datasets and (complaint := summary.complaint()):
        raise UserError(complaint)
    if not summary.datasets:
        raise UserError(_nothing(path, datasets, summary))
    _cover(tally.coverage(), summary)
    return summary


def _plan(name: str, path: str | None, options: Mapping[str, Any]) -> tuple[Plan, tuple[str, ...], dict[str, Any]]:
    """What the source will do, the globs over dataset names, and the source's own options."""
    datasets = tuple(options.get("datasets") or ("*",))
    own = {key: value for key, value in options.items() if key != "datasets"}
    try:
        plan = sources.get(name)(Request(Path(path) if path else None, datasets, own))
    except OSError as error:
        raise UserError(f"cannot read {shown(error.filename or path or name)}: {error.strerror}") from error
    return plan, datasets, own


def _fewer(last: Mapping[str, Any], outcome: Outcome) -> int:
    """Rows that a file had when it was read last, and has no more."""
    return max(0, last["n_row"] + last["n_quarantined"] - outcome.n_row - outcome.rejects.total())


def _land(plan: Plan, changed: Sequence[SourceFile], landing: FileLanding, summary: Summary) -> list[Outcome]:
    for rejected in plan.rejected:
        landing.begin(rejected.path, rejected.file_hash)
        landing.reject([rejected.reject])
        summary.quarantined[rejected.reject.reason] += 1
        if rejected.lost:
            summary.unread[rejected.path] = _sentence(rejected.path, rejected.reject.detail)
    with _no_garbage_collection():
        outcomes = [_read(file, digest, landing, summary) for file, digest in with_digests(changed)]
        summary.rows += landing.finish()
    summary.datasets |= landing.datasets
    summary.notes["joined_parts"] = landing.n_joined
    for outcome in outcomes:
        summary.quarantined += outcome.rejects
        if outcome.n_row == 0 and (complaint := _complaint(outcome)):
            summary.unread[outcome.path] = complaint
    return outcomes


@contextmanager
def _no_garbage_collection() -> Iterator[None]:
    """While records stream by, which hold no cycles: looking for some takes a tenth of the time of a large release."""
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _read(file: SourceFile, digest: str, landing: FileLanding, summary: Summary) -> Outcome:
    outcome = landing.begin(file.path, digest)
    try:
        for batch in file.read():
            landing.batch(batch)
            summary.notes.update(batch.notes)
            summary.others |= batch.others
            outcome.passed_over |= bool(batch.others) or batch.prices is not None
    except (Unreadable, OSError) as error:
        reason = error.reason if isinstance(error, Unreadable) else "unparsable_file"
        outcome.trouble = (isinstance(error, OSError) and error.strerror) or str(error)
        landing.reject([Reject(reason, file.path, "ingest_file", outcome.trouble)])
    return outcome


def _complaint(outcome: Outcome) -> str | None:
    """What to say where nothing of a file was taken; None where that is no fault of the file's."""
    path, rejects = outcome.path, outcome.rejects
    if outcome.trouble is not None:
        return _sentence(path, outcome.trouble)
    if +(rejects - Counter(duplicate_row=rejects["duplicate_row"])):
        named = ", ".join(f"{reason} {n}" for reason, n in rejects.most_common())
        return _sentence(path, f"every row was rejected ({named}); {TOLD_BY}")
    return None if rejects or outcome.passed_over else _sentence(path, "it has no rows")


def _sentence(path: str, trouble: str | None) -> str:
    return trouble if trouble and path in trouble else f"cannot read {path}: {trouble or 'it is damaged'}"


def _nothing(path: str | None, datasets: tuple[str, ...], summary: Summary) -> str:
    if summary.others:
        return (
            f"nothing in {path} belongs to datasets {', '.join(datasets)}; it has {', '.join(sorted(summary.others))}"
        )
    if summary.quarantined:
        reasons = ", ".join(f"{reason} {n}" for reason, n in sorted(summary.quarantined.items()))
        return f"nothing in {path} could be taken ({reasons}); {TOLD_BY}"
    return f"there is nothing to ingest in {path}; give a file or folder with results"


def _refresh_datasets(there: pl.DataFrame, plan: Plan, summary: Summary) -> None:
    """Bring scorer and licence of datasets from unchanged files up to today's specifications."""
    stale = []
    for row in there.to_dicts():
        current = dataset_row(
            row["dataset"],
            row["variant"],
            dataset_of(row["dataset"], plan.specifications),
            source=row["source"],
            synthetic=row["synthetic"],
        )
        if current != row:
            stale.append(current)
    if stale:
        write("dataset", dataset_rows(stale))
        summary.rows["dataset"] += len(stale)


def _cover(coverage: pl.DataFrame, summary: Summary) -> None:
    summary.coverage = coverage
    if coverage.is_empty():
        return
    missing = int((coverage["n_question"] - coverage["n_answered"]).sum())
    runs = coverage["model"].n_unique() * len(coverage.select("dataset", "variant").unique()) - len(coverage)
    summary.notes.update({"missing_cell": missing, "missing_run": runs})
