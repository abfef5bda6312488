"""Land rows in frames worth a file; what is loaded at once goes in together, `ingest_file` rows included."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context

import polars as pl

from warehouse.landing import Together

Load = Callable[[], dict[str, int]]

_FLUSH_ROWS = 16_384
_FLUSH_BYTES = 32 << 20
_WAIT_BYTES = 160 << 20  # are kept while the rows before are still being loaded
_LOAD_BYTES = 256 << 20  # what is less than a row group (122,880 rows) DuckDB writes twice: to its log, then its file
_IDS = {
    "question": ["question_id", "dataset", "variant"],
    "response": ["response_id", "question_id", "model"],
    "score": ["response_id", "score"],
    "label": ["question_id", "model"],
}


def full(frames: Sequence[pl.DataFrame]) -> bool:
    """Whether frames are, taken together, worth a file."""
    rows, size = sum(map(len, frames)), sum(frame.estimated_size() for frame in frames)
    return rows >= _FLUSH_ROWS or size >= _FLUSH_BYTES


class Buffer:
    """Rows on their way to the landing folder.

    What lies between two loads goes in together or not at all. A process killed at any point leaves files without
    their `ingest_file` row: they are ingested again, and the loader drops what it has.

    Args:
        load: moves the landing folder into the warehouse; called every so many bytes, so that it stays small.
    """

    def __init__(self, load: Load) -> None:
        self.landed: Counter[str] = Counter()
        self._load = load
        self._together: Together | None = None
        self._frames: dict[str, list[pl.DataFrame]] = {}
        self._done: list[pl.DataFrame] = []
        self._rows = 0
        self._bytes = 0
        self._unloaded = 0
        self._worker = ThreadPoolExecutor(1)
        self._busy: Future[None] | None = None

    def add(self, table: str, rows: pl.DataFrame) -> None:
        """Take rows for a table."""
        if rows.is_empty():
            return
        self._frames.setdefault(table, []).append(rows)
        self._rows += len(rows)
        self._bytes += int(rows.estimated_size())
        idle = self._busy is None or self._busy.done()
        if (idle and (self._rows >= _FLUSH_ROWS or self._bytes >= _FLUSH_BYTES)) or self._bytes >= _WAIT_BYTES:
            self._flush()

    def files_done(self, rows: pl.DataFrame) -> None:
        """Take the `ingest_file` rows of files all of whose rows were added."""
        self._done.append(rows)

    def finish(self) -> None:
        """Land and load what is left.

        Raises:
            UserError: the warehouse does not take it; nothing of it is there.
        """
        self._flush()
        self._wait()
        self._worker.shutdown()
        self._land_together()

    def _flush(self) -> None:
        """Hand over to the thread that writes and loads, once it is done with the rows before; the next are read."""
        self._wait()
        given = {table: pl.concat(frames, how="diagonal_relaxed") for table, frames in self._frames.items()}
        if self._done:
            given["ingest_file"] = pl.concat(self._done)
        self._busy = self._worker.submit(copy_context().run, self._land_all, given, self._bytes)
        self._frames, self._done, self._rows, self._bytes = {}, [], 0, 0

    def _wait(self) -> None:
        if self._busy is not None:
            self._busy.result()

    def _land_all(self, given: Mapping[str, pl.DataFrame], size: int) -> None:
        for table, rows in given.items():
            self._land(table, rows)
        self._unloaded += size
        if self._unloaded >= _LOAD_BYTES:
            self._land_together()

    def _land_together(self) -> None:
        if self._together is not None:
            self._together.land()
        self._load()
        self._together, self._unloaded = None, 0

    def _land(self, table: str, rows: pl.DataFrame) -> None:
        self._together = self._together or Together()
        self._together.add(table, rows)
        self.landed[table] += len(rows)


class Tally(Buffer):
    """Counts what a buffer would land, and lands nothing.

    Args:
        known: rows of table `question` that are there already; None for none.
    """

    def __init__(self, known: pl.DataFrame | None = None) -> None:
        super().__init__(dict)
        self._seen: dict[str, list[pl.DataFrame]] = {name: [] for name in _IDS}
        if known is not None:
            self._seen["question"].append(known.select(_IDS["question"]))

    def coverage(self) -> pl.DataFrame:
        """One row per (dataset, variant, model), as `warehouse/reads/ingest_coverage.sql` has it after landing."""
        seen = {name: pl.concat(frames) for name, frames in self._seen.items() if frames}
        if "question" not in seen or not ("response" in seen or "label" in seen):
            return pl.DataFrame()
        place = ["dataset", "variant"]
        questions = seen["question"].unique("question_id")
        cells = []
        if "response" in seen:
            scores = seen.get("score", pl.DataFrame(schema={"response_id": pl.String, "score": pl.Float64}))
            scored = seen["response"].join(scores, on="response_id", how="left")
            cells.append(scored.select("question_id", "model", scored=pl.col("score").is_not_null()))
        if "label" in seen:
            cells.append(seen["label"].with_columns(scored=pl.lit(True)))
        answered = pl.concat(cells).group_by("question_id", "model").agg(pl.col("scored").any())
        return (
            answered.join(questions, on="question_id")
            .group_by(*place, "model")
            .agg(n_answered=pl.len(), n_scored=pl.col("scored").sum())
            .join(questions.group_by(place).agg(n_question=pl.len()), on=place)
            .select(*place, "model", pl.col("n_question", "n_answered", "n_scored").cast(pl.Int64))
            .sort(*place, "model")
        )

    def _land(self, table: str, rows: pl.DataFrame) -> None:
        self.landed[table] += len(rows)
        if table in _IDS:
            self._seen[table].append(rows.select(_IDS[table]))
