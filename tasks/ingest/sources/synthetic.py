"""The embedded synthetic dataset: questions of six kinds, made here, deterministic by seed."""

from collections.abc import Iterator
from functools import partial
from itertools import count
from typing import Any

import numpy as np
from pydantic import Field

from profiles.dataset import Dataset
from tasks.ingest.files import matches
from tasks.ingest.registry import Batch, Plan, Request, SourceFile, SourceOptions, sources
from tasks.ingest.rows import canonical_json, record_frame
from tasks.ingest.synthetic import arithmetic, choice, constraints, dates, functions, knights
from tasks.ingest.synthetic.draft import Draft, Kind
from warehouse.identity import content_hash, hash_json, hash_parts

KINDS: dict[str, Kind] = {
    "arithmetic": arithmetic.KIND,
    "choice": choice.KIND,
    "constraints": constraints.KIND,
    "dates": dates.KIND,
    "functions": functions.KIND,
    "knights": knights.KIND,
}
_VARIANT = "v1"


class SyntheticOptions(SourceOptions):
    """Options of the source `synthetic`."""

    synthetic: bool = True
    questions_per_kind: int = Field(60, ge=1, le=5000)
    seed: int = 7


@sources.register("synthetic")
def synthetic(request: Request) -> Plan:
    """Datasets `synthetic-<kind>`. More questions per kind add to the same ones; another seed makes others.

    Raises:
        UserError: an unknown option or a value out of range.
    """
    options = request.parse(SyntheticOptions)
    wanted = [kind for kind in KINDS if matches(f"synthetic-{kind}", request.datasets)]
    files = []
    for kind in wanted:
        rows = questions(kind, options.questions_per_kind, options.seed)
        files.append(SourceFile(f"synthetic-{kind}", partial(hash_json, rows), partial(_read, rows)))
    specifications = [
        Dataset(
            match=f"synthetic-{kind}",
            category=KINDS[kind].category,
            scorer=KINDS[kind].scorer,
            task=KINDS[kind].task,
            licence="MIT",
        )
        for kind in wanted
    ]
    others = frozenset(f"synthetic-{kind}" for kind in KINDS) - {f"synthetic-{kind}" for kind in wanted}
    return Plan(tuple(files), specifications=tuple(specifications), synthetic=True, others=others)


def questions(kind: str, n: int, seed: int) -> list[dict[str, Any]]:
    """n different questions of a kind, the topics in turn: rows with some of the columns of `rows.RECORD`.

    The first n of n + m questions are the n questions.
    """
    made: list[dict[str, Any]] = []
    seen: set[str] = set()
    for index in range(n):
        draft = _unlike(seen, kind, seed, index)
        made.append(_row(kind, f"s{seed}-{index:04d}", draft))
    return made


def _unlike(seen: set[str], kind: str, seed: int, index: int) -> Draft:
    """A draft whose text none of `seen` has; its hash is added."""
    topics = list(KINDS[kind].topics.values())
    for attempt in count():
        rng = np.random.default_rng(int(hash_parts("synthetic", seed, kind, index, attempt), 16))
        draft = topics[index % len(topics)](rng)
        content = content_hash(draft.text)
        if content not in seen:
            seen.add(content)
            return draft
    raise AssertionError("unreachable")


def _row(kind: str, key: str, draft: Draft) -> dict[str, Any]:
    return {
        "row_key": key,
        "dataset": f"synthetic-{kind}",
        "variant": _VARIANT,
        "source_key": key,
        "text": draft.text,
        "prompt": f"{draft.text}\n\n{KINDS[kind].answer_format}",
        "ground_truth": draft.truth,
        "metadata": canonical_json({"kind": kind, "topic": draft.topic, **draft.metadata}),
    }


def _read(rows: list[dict[str, Any]]) -> Iterator[Batch]:
    yield Batch(record_frame({name: [row[name] for row in rows] for name in rows[0]}))
