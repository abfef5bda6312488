"""How the reference gets at its bank beside how we do: the same questions, the same scores, one run.

Usage: python benchmarks/reference_access.py [--items 1540] [--questions 16] [--workers 2]

The stand-in reads the whole bank as JSON into Python lists, once, and sends its whole object through pickle to a
freshly spawned pool for every question, eight to a pool (SMCS reference, section 5, items 1 and 2); what the reference
imports in every worker (torch and more) is left out, and so are its models' cached answers unless --answer-chars is
given. Ours loads the bank from the warehouse and scores all questions at once. What a bank of 15,400 items takes is
extrapolated in proportion, and said to be.
"""

import argparse
import json
import os
import tempfile
import time
from multiprocessing import get_context
from pathlib import Path

import numpy as np

FULL = 15_400
DIMENSION = 4096
MODELS = [f"model-{m}" for m in range(15)]
GROUP = 8


class StandIn:
    """Holds what the reference's object holds."""

    def __init__(self, path: Path, answer_chars: int) -> None:
        self.bank = json.loads(path.read_text())
        vectors = np.array([item["embedding"] for item in self.bank.values()])
        self.vectors = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
        self.answers = {model: {key: os.urandom(answer_chars // 2).hex() for key in self.bank} for model in MODELS}

    def scores(self, question: list[float]) -> list[float]:
        cosine = self.vectors @ np.array(question)
        bound = 0.95 * np.sort(cosine)[::-1][min(400, len(cosine) - 1)]
        near = [at for at in np.argsort(-cosine) if cosine[at] > bound]
        items = list(self.bank.values())
        return [sum(cosine[at] * items[at]["model_res"][model]["is_correct"] for at in near) for model in MODELS]

    def run(self, questions: list[list[float]], workers: int) -> list[list[float]]:
        found = []
        for at in range(0, len(questions), GROUP):
            with get_context("spawn").Pool(workers) as pool:
                waiting = [pool.apply_async(self.scores, (question,)) for question in questions[at : at + GROUP]]
                found += [one.get() for one in waiting]
        return found


def write_bank(path: Path, items: int, rng: np.random.Generator) -> None:
    with path.open("w") as handle:
        for at in range(items):
            item = {
                "question": f"Question {at}?",
                "src_question_id": at,
                "src": "benchmark",
                "model_res": {model: {"is_correct": bool(rng.random() < 0.6)} for model in MODELS},
                "embedding": (rng.normal(size=DIMENSION) + 0.5).tolist(),
            }
            handle.write(f'{"{" if at == 0 else ", "}"{at}": {json.dumps(item)}')
        handle.write("}")


def bring_in(path: Path) -> str:
    """Ingest the bank and land it for live use; its id."""
    from profiles.bank import ALL, build_bank, land_bank
    from profiles.embed import embed_texts, get_embedder
    from profiles.outcomes import load_outcomes
    from tasks.ingest.ingest import ingest_source
    from warehouse.writer import load_landing

    ingest_source("smcs-bank", str(path), {"embedder": "linq"}, "benchmark")
    matrix = load_outcomes(["benchmark"], MODELS, "recorded", {})
    texts = matrix.questions["text"].to_list()
    vectors = embed_texts(get_embedder("linq"), texts)  # all there already
    parts = np.full(len(texts), "train")
    bank = build_bank(matrix, vectors, parts, ALL, "linq")
    land_bank(bank, run_id="benchmark", split=ALL, pool="pool", embedder="linq", collection=None, recall=None)
    load_landing()
    return bank.bank_id


def ours(bank_id: str, questions: np.ndarray) -> tuple[np.ndarray, float, float]:
    from profiles.bank import load_bank
    from profiles.prior import prior_scores

    started = time.perf_counter()
    bank = load_bank(bank_id)
    loaded = time.perf_counter()
    scores, _ = prior_scores(questions, bank.wide, bank.labels, 400, 0.95, weighted=True)
    return scores, loaded - started, time.perf_counter() - loaded


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--items", type=int, default=1540)
    parser.add_argument("--questions", type=int, default=16)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--answer-chars", type=int, default=0)
    asked = parser.parse_args()
    rng = np.random.default_rng(1)
    questions = rng.normal(size=(asked.questions, DIMENSION)) + 0.5
    questions /= np.linalg.norm(questions, axis=1, keepdims=True)
    with tempfile.TemporaryDirectory() as folder:
        os.environ["CONCERTINO_HOME"] = folder
        path = Path(folder) / "bank.json"
        write_bank(path, asked.items, rng)
        print(f"bank of {asked.items} items, {path.stat().st_size / 1e6:,.0f} MB of JSON; {asked.questions} questions")
        started = time.perf_counter()
        bank_id = bring_in(path)
        print(f"  ours, once: bank into the warehouse    {time.perf_counter() - started:9.2f} s")
        mine, load, score = ours(bank_id, questions)
        started = time.perf_counter()
        stand_in = StandIn(path, asked.answer_chars)
        read = time.perf_counter() - started
        started = time.perf_counter()
        theirs = np.array(stand_in.run(questions.tolist(), asked.workers))
        run = time.perf_counter() - started
    print(f"  same scores to {np.abs(mine - theirs).max():.1e} (ours keeps vectors in float32)")
    report(asked.items, asked.questions, (read, run), (load, score))


def report(items: int, questions: int, reference: tuple[float, float], own: tuple[float, float]) -> None:
    for name, theirs, mine in zip(("load, once per run", "questions"), reference, own, strict=True):
        print(f"  {name:20} reference {theirs:9.2f} s   ours {mine:9.3f} s   {theirs / mine:8.1f} x")
    each = reference[1] / questions, own[1] / questions
    print(f"  {'per question':20} reference {each[0]:9.3f} s   ours {each[1]:9.5f} s   {each[0] / each[1]:8.1f} x")
    both = sum(reference) / sum(own)
    print(f"  load and questions together: {both:.1f} x")
    scale = FULL / items
    full = f"{scale * each[0]:.1f} s and {scale * each[1]:.4f} s a question"
    print(f"  extrapolated in proportion to {FULL:,} items: {full}")


if __name__ == "__main__":
    main()
