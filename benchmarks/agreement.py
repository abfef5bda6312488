"""Judge recorded answers again from their text, compare with the recorded scores, and count disagreements by cause.

Run: CONCERTINO_RECORDED=... python benchmarks/agreement.py [mmlu_pro] [zeroeval] [--examples 3]
"""

import argparse
import os
import re
import time
from collections import Counter, defaultdict
from pathlib import Path

import polars as pl

from profiles.load import dataset_of, load_datasets
from tasks.score.extract import spoken
from tasks.score.judge import judge
from tasks.score.numbers import only_number, parse_number
from tasks.score.scorers.choice import chosen_letter
from tasks.score.scorers.json_answer import answer_field, compare
from tasks.score.verdict import Item, Verdict

Judged = tuple[dict, Item, Verdict]


def judged(path: Path) -> tuple[list[Judged], float]:
    """Every row of a file with its item and verdict, and the seconds that judging took."""
    rows = pl.read_parquet(path).select("dataset", "model", "response", "ground_truth", "score").to_dicts()
    specifications = load_datasets()
    known = {name: dataset_of(name, specifications) for name in {row["dataset"] for row in rows}}
    items = [
        Item(known[row["dataset"]].scorer, row["response"], row["ground_truth"], known[row["dataset"]].scorer_options)
        for row in rows
    ]
    started = time.perf_counter()
    verdicts = judge(items)
    return list(zip(rows, items, verdicts, strict=True)), time.perf_counter() - started


def cause(row: dict, item: Item, verdict: Verdict) -> str:
    """Why the recorded score and the verdict differ, as far as rules can tell."""
    ours = "right here" if verdict.verdict == "correct" else "wrong here"
    if item.scorer == "choice":
        several = chosen_letter(item.text, (), {**item.options, "take": "last"}) != verdict.extracted
        plain = re.search(r"answer is \(?[A-J]\)?", item.text) is not None
        how = "several statements" if several else "plain statement" if plain else "statement in another form"
        return f"{ours}: {how}"
    field = answer_field(item.text) or ""
    if item.options["compare"] == "literal":
        equal = field.strip() == str(item.ground_truth)
        spelling = "equal value in another spelling" if verdict.score else "equal once quotes and spaces are dropped"
        return f"{ours}: {'equal text, lost by the source' if equal else spelling}"
    if len(re.findall(r'"answer"\s*:', spoken(item.text))) != 1:
        return f"{ours}: no or several answer fields"
    if parse_number(field) is not None:
        return f"{ours}: the field is a plain number"
    number = re.search(r"-?\d[\d,]*", field)
    first = number is not None and compare(number[0], str(item.ground_truth), "number").verdict == "correct"
    if only_number(field) is None and first:
        return f"{ours}: the truth is only the first number of an expression or of several"
    return f"{ours}: expression or sentence"


def report(name: str, rows: list[Judged], seconds: float, examples: int) -> None:
    """Print agreement per dataset, then the disagreements by cause."""
    print(f"\n## {name}: {len(rows):,} answers judged in {seconds:.0f} s\n")
    print("| dataset | answers | no answer | % | compared | agree % | right here only | right there only |")
    print("| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |")
    for dataset in [*sorted({row["dataset"] for row, _, _ in rows}), "all"]:
        part = [entry for entry in rows if dataset in {entry[0]["dataset"], "all"}]
        compared = [entry for entry in part if entry[2].verdict != "no_answer"]
        n = len(part) - len(compared)
        here = sum(verdict.score == 1 and row["score"] < 0.5 for row, _, verdict in compared)
        there = sum(verdict.score != 1 and row["score"] >= 0.5 for row, _, verdict in compared)
        agree = 1 - (here + there) / len(compared)
        print(
            f"| {dataset} | {len(part):,} | {n:,} | {100 * n / len(part):.1f} | {len(compared):,} | {100 * agree:.2f} "
            f"| {here} | {there} |"
        )
    differing = [e for e in rows if e[2].verdict != "no_answer" and (e[2].score == 1) != (e[0]["score"] >= 0.5)]
    causes: Counter[tuple[str, str]] = Counter()
    shown: dict[tuple[str, str], list[Judged]] = defaultdict(list)
    for entry in differing:
        kind = "choice" if entry[1].scorer == "choice" else entry[1].options["compare"]
        causes[kind, cause(*entry)] += 1
        shown[kind, cause(*entry)].append(entry)
    print("\n| comparison | cause | answers |\n| --- | --- | ---: |")
    for (kind, why), n in causes.most_common():
        print(f"| {kind} | {why} | {n} |")
        for row, _, verdict in shown[kind, why][:examples]:
            found = f"truth {row['ground_truth']!r} found {verdict.extracted!r}"
            print(f"    {row['model']} {found}: {row['response'][-150:]!r}")
    silent = Counter(verdict.detail or "nothing stated" for _, _, verdict in rows if verdict.verdict == "no_answer")
    lucky = sum(row["score"] >= 0.5 for row, _, verdict in rows if verdict.verdict == "no_answer")
    print(f"\nno answer: {dict(silent)}; recorded as right: {lucky}")
    late, unjudged = (sum(v.verdict == name for _, _, v in rows) for name in ("timeout", "unjudged"))
    print(f"timeouts: {late}, unjudged: {unjudged}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", default=["mmlu_pro", "zeroeval"])
    parser.add_argument("--examples", type=int, default=0)
    arguments = parser.parse_args()
    for name in arguments.names or ["mmlu_pro", "zeroeval"]:
        rows, seconds = judged(Path(os.environ["CONCERTINO_RECORDED"]) / f"{name}.parquet")
        report(name, rows, seconds, arguments.examples)


if __name__ == "__main__":
    main()
