"""Seeded fuzzing of every source with damaged files: one sentence or named rejects, nothing half-written."""

import io
import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from tasks.ingest.ingest import ingest_source
from tests.hostile_values import ODD, PIECES
from tests.result_tree import record, result
from warehouse.connect import read
from warehouse.errors import UserError
from warehouse.settings import settings

pytestmark = [pytest.mark.abuse, pytest.mark.usefixtures("home")]

ROUNDS = 3  # times five sources
FILES = 6  # a round


def odd_rows(rng: random.Random, rows: list[dict[str, Any]]) -> list[Any]:
    """Rows with some values replaced, members dropped or rows that are none."""
    for _ in range(rng.randrange(6)):
        row = rng.choice(rows)
        if isinstance(row, dict) and row:
            name = rng.choice(list(row))
            if rng.random() < 0.8:
                row[name] = rng.choice(ODD)
            else:
                del row[name]
    return [rng.choice(ODD) if rng.random() < 0.03 else row for row in rows]


def damaged(rng: random.Random, content: bytes) -> bytes:
    """Bytes with pieces cut out, put in, flipped or repeated; often none."""
    data = bytearray(content)
    for _ in range(rng.choice([0, 0, 1, 1, 2, 5])):
        at = rng.randrange(len(data) + 1)
        size = rng.choice([1, 2, 16, 200])
        kind = rng.randrange(5)
        if kind == 0:
            del data[at : at + size]
        elif kind == 1:
            data[at:at] = rng.choice(PIECES)
        elif kind == 2 and at < len(data):
            data[at] ^= 1 << rng.randrange(8)
        elif kind == 3:
            data[at:at] = data[at : at + size]
        elif kind == 4 and rng.random() < 0.2:
            del data[at:]
    return bytes(data)


def as_jsonl(rows: list[Any]) -> bytes:
    return "\n".join(map(json.dumps, rows)).encode()


def as_csv(rows: list[Any]) -> bytes:
    rows = [row for row in rows if isinstance(row, dict)]
    names = list(dict.fromkeys(name for row in rows for name in row))
    cells = [names, *([json.dumps(row[name]) if name in row else "" for name in names] for row in rows)]
    return "\n".join(",".join('"' + str(cell).replace('"', '""') + '"' for cell in line) for line in cells).encode()


def as_parquet(rows: list[Any]) -> bytes:
    rows = [row for row in rows if isinstance(row, dict)]
    columns = []
    for name in dict.fromkeys(name for row in rows for name in row):
        values = [row.get(name) for row in rows]
        try:
            columns.append(pl.Series(name, values, strict=False))
        except (TypeError, ValueError, OverflowError, pl.exceptions.PolarsError):
            columns.append(pl.Series(name, [ascii(value) for value in values]))
    held = io.BytesIO()
    pl.DataFrame(columns).select(pl.all().exclude(pl.Object)).write_parquet(held)
    return held.getvalue()


def as_bank(rows: list[Any]) -> bytes:
    return json.dumps({str(number): row for number, row in enumerate(rows)}).encode()


def questions(n: int) -> list[dict[str, Any]]:
    return [
        {
            "dataset": "gpqa",
            "question_id": i,
            "question": f"Which is {i}?",
            "ground_truth": "B",
            "options": ["x", "y"],
            "metadata": {"level": i},
            "tests": ["assert f(1) == 2"],
            "entry_point": "f",
        }
        for i in range(n)
    ]


def answers(n: int) -> list[dict[str, Any]]:
    return [
        {
            "dataset": "gpqa",
            "split": "test",
            "question_id": i // 2,
            "question": f"Which is {i // 2}?",
            "model": f"m{i % 2}",
            "response": "B",
            "score": i % 2,
            "prompt_tokens": 5,
            "completion_tokens": 7,
            "cost_usd": 0.5,
            "latency_s": 1.5,
            "ground_truth": "B",
            "metadata": {"level": i // 2},
        }
        for i in range(n)
    ]


def items(n: int) -> list[dict[str, Any]]:
    return [
        {
            "question": f"Bank {i}?",
            "src_question_id": i,
            "src": "MMLU",
            "src_subject": "law",
            "embedding": [1.0, i],
            "model_res": {"m1": {"is_correct": True}, "m2": {"pred": "A", "answer": "B"}},
            "question_id": i,
            "pred": "A",
            "answer": "A",
            "response": "A",
        }
        for i in range(n)
    ]


def tree(rng: random.Random, root: Path) -> None:
    for number in range(FILES):
        rows = odd_rows(rng, [record(index) for index in range(8)])
        path = result(root, model=f"m{number % 4}", records=rows, stamp=f"2025010{number}_000000")
        path.write_bytes(damaged(rng, path.read_bytes()))


def folder(rows: Callable[[int], list[dict[str, Any]]], writers: dict[str, Callable[[list[Any]], bytes]]) -> Any:
    def write(rng: random.Random, root: Path) -> None:
        root.mkdir()
        for number in range(FILES):
            name = rng.choice(list(writers))
            rows_ = odd_rows(rng, rows(rng.choice([1, 8, 30])))
            (root / f"f{number}.{name}").write_bytes(damaged(rng, writers[name](rows_)))

    return write


TABLES = {"jsonl": as_jsonl, "csv": as_csv, "parquet": as_parquet}
SOURCES: dict[str, tuple[Any, dict[str, Any]]] = {
    "recorded": (folder(answers, TABLES), {}),
    "questions": (folder(questions, TABLES), {}),
    "llmrouterbench": (tree, {}),
    "smcs-bank": (folder(items, {"json": as_bank, "jsonl": as_jsonl}), {}),
    "smcs-cache": (folder(items, {"json": as_bank, "jsonl": as_jsonl}), {"allow_partial": True}),
}


def orphans() -> dict[str, int]:
    return {
        "responses": read("select count(*) from response anti join question using (question_id)").item(),
        "labels": read("select count(*) from label anti join question using (question_id)").item(),
        "questions": read("select count(*) from question anti join dataset using (dataset, variant)").item(),
    }


def said(source: str, root: Path, options: dict[str, Any]) -> str:
    """The sentence in which an ingest ends; anything but a UserError fails the test with the folder's name."""
    try:
        ingest_source(source, str(root), options, "run-1")
    except UserError as error:
        return str(error)
    except Exception as error:
        raise AssertionError(f"{root.name} ends in a traceback") from error
    return ""


def test_hostile_files_end_in_one_sentence_or_named_rejects(tmp_path: Path) -> None:
    for number in range(ROUNDS):
        for source, (write, options) in SOURCES.items():
            seed = f"{source} {number}"
            root = tmp_path / f"{source}-{number}"
            write(random.Random(seed), root)
            assert said(source, root, options).count("\n") == 0, seed
            assert list(settings().landing.rglob("*.parquet")) == [], seed
            assert not settings().quarantine.exists(), seed
    assert set(orphans().values()) == {0}
    good = tmp_path / "good.jsonl"
    good.write_bytes(as_jsonl([row | {"dataset": "good"} for row in answers(10)]))
    assert ingest_source("recorded", str(good), {}, "run-2").rows["response"] == 10
    assert read("select count(*) from response join question using (question_id) where dataset = 'good'").item() == 10


FOREIGN = {
    "lm-eval": {
        "doc": {"question": "Which?"},
        "doc_hash": "h",
        "target": "B",
        "arguments": {"gen_args_0": {"arg_0": "Which?", "arg_1": {"until": []}}},
        "resps": [["B"]],
        "filter": "none",
        "metrics": ["acc"],
        "acc": 1.0,
    },
    "routerarena": {
        "global index": "gpqa_1",
        "prompt": "Which?",
        "prediction": "m",
        "generated_result": {"success": True, "generated_answer": "B", "token_usage": {"input_tokens": 5}},
        "accuracy": 1.0,
    },
    "jisi": {
        "query": "Which?",
        "dataset": "gpqa",
        "records": {"m": 1.0},
        "raw_output": {"m": "B"},
        "usages": {"m": {"prompt_tokens": 5}},
    },
    "llmrouter": {
        "query": "Which?",
        "task_name": "gpqa",
        "task_id": 1,
        "choices": ["x", "y"],
        "model_name": "m",
        "response": "B",
        "performance": 1.0,
    },
}


@pytest.mark.parametrize("source", FOREIGN)
def test_every_member_of_a_record_may_be_anything(tmp_path: Path, source: str) -> None:
    sound = FOREIGN[source]
    odd = [sound | {name: value} for name in sound for value in ODD]
    odd += [
        sound | {name: dict.fromkeys(held, value)}
        for name, held in sound.items()
        if isinstance(held, dict)
        for value in ODD
    ]
    name = "out.json" if source == "routerarena" else "samples_gpqa_2025-01-01T00-00-00.0.jsonl"
    (tmp_path / name).write_bytes(b"[" + b",".join(map(as_jsonl, ([one] for one in odd))) + b"]")
    found = ingest_source(source, str(tmp_path), {}, "run-1")
    assert found.rows["response"] > 0
    assert set(orphans().values()) == {0}
