"""Judge recorded answers again from their text, compare with the recorded scores, and count disagreements by cause.

Run: CONCERTINO_RECORDED=... python benchmarks/agreement.py [mmlu_pro] [zeroeval] [routerbench_slices]
    [tiny_llm_logprobs] [can_ai_code] [--examples 3] [--programs 1000]
Of can_ai_code, the Python checks of some programs are executed, drawn with a fixed seed.
"""

import argparse
import ast
import json
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
from tasks.score.sandbox.run import run_program
from tasks.score.scorers.choice import chosen_letter
from tasks.score.scorers.json_answer import answer_field, compare
from tasks.score.scorers.python_tests import program
from tasks.score.verdict import Item, Verdict

Judged = tuple[dict, Item, Verdict]
FILES = ["mmlu_pro", "zeroeval", "routerbench_slices", "tiny_llm_logprobs", "can_ai_code"]
# Their prompts end with "Answer:", and what comes after the first line is no answer to it.
TINY = {
    "tiny-arc-challenge": ("choice", {"letters": "ABCD"}),
    "tiny-arithmetic": ("math", {}),
    "tiny-capitals": ("exact", {}),
    "tiny-gsm8k": ("math", {}),
}


def judged(path: Path) -> tuple[list[Judged], float]:
    """Every row of a file with its item and verdict, and the seconds that judging took."""
    rows = pl.read_parquet(path).select("dataset", "model", "response", "ground_truth", "score").to_dicts()
    specifications = load_datasets()
    known = {name: dataset_of(name, specifications) for name in {row["dataset"] for row in rows}}
    how = {name: (one.scorer, one.scorer_options) if one else TINY[name] for name, one in known.items()}
    rows = [row for row in rows if how[row["dataset"]][0] and row["ground_truth"] is not None]
    items = [Item(how[row["dataset"]][0], said(row), row["ground_truth"], how[row["dataset"]][1]) for row in rows]
    started = time.perf_counter()
    verdicts = judge(items)
    return list(zip(rows, items, verdicts, strict=True)), time.perf_counter() - started


def said(row: dict) -> str:
    return f"Answer: {row['response'].strip().split(chr(10))[0]}" if row["dataset"] in TINY else row["response"]


def executed(path: Path, n: int) -> tuple[list[Judged], float]:
    """Python programs of `can_ai_code`, n of them, with the share of their checks that they pass."""
    rows = pl.read_parquet(path).filter(pl.col("question_id").str.ends_with("-python")).sample(n, seed=1).to_dicts()
    started = time.perf_counter()
    found = [(row, Item("checks", row["response"], row["ground_truth"]), checked(row)) for row in rows]
    return found, time.perf_counter() - started


def checked(row: dict) -> Verdict:
    """The share of a row's checks that hold: those about the function's head by syntax, others by calling it."""
    wanted = re.search(r"python function (\w+)", row["question"])[1]
    code = program(row["response"], wanted)
    heads = [node for node in ast.walk(parsed(code)) if isinstance(node, ast.FunctionDef)] if code else []
    head = next((one for one in heads if one.name == wanted), heads[0] if heads else None)
    if head is None:
        return Verdict(0.0, "no_answer", None, "no program")
    checks = json.loads(row["ground_truth"])
    arguments = [one.arg for one in head.args.args]
    facts = {"len(f.args)": len(arguments), "f.name": head.name}
    facts |= {f"f.args[{place}].name": name for place, name in enumerate(arguments)}
    static = [facts.get(one["assert"]) == one["eq"] for one in checks if "f.call" not in one["assert"]]
    tests = [
        f"assert ({one['assert'].replace('f.call', head.name)}) == {one['eq']!r}"
        if "eq" in one
        else f"assert {one['assert'].replace('f.call', head.name)}"
        for one in checks
        if "f.call" in one["assert"]
    ]
    outcome = run_program(code, tests, head.name)
    score = (sum(static) + sum(outcome.passed)) / len(checks)
    errors = sorted({error for error in outcome.errors if error})
    detail = f"does not run: {outcome.failed}" if outcome.failed else "too slow" if outcome.slow else ", ".join(errors)
    return Verdict(score, "correct" if score == 1 else "partial", heads[0].name, detail or "its name or arguments")


def parsed(code: str) -> ast.AST:
    try:
        return ast.parse(code)
    except (SyntaxError, ValueError):
        return ast.Module([], [])


def interval(right: int, n: int) -> str:
    """Wilson's 95 % interval of a share, in percent."""
    share, z = right / n, 1.96
    middle, half = share + z * z / (2 * n), z * ((share * (1 - share) + z * z / (4 * n)) / n) ** 0.5
    low, high = ((middle + side * half) / (1 + z * z / n) for side in (-1, 1))
    return f"{100 * low:.2f} to {100 * high:.2f}"


def cause(row: dict, item: Item, verdict: Verdict) -> str:
    """Why the recorded score and the verdict differ, as far as rules can tell."""
    ours = "right here" if verdict.verdict == "correct" else "wrong here"
    if item.scorer == "checks":
        if verdict.score < 1:
            return f"{ours}: {verdict.detail}"
        wanted = re.search(r"python function (\w+)", row["question"])[1]
        helper = verdict.extracted != wanted
        return f"{ours}: {'a helper before the function' if helper else 'no fence, or more than one'}"
    if item.scorer == "choice":
        several = chosen_letter(item.text, None, {**item.options, "take": "last"}) != verdict.extracted
        plain = re.search(r"answer is \(?[A-J]\)?", item.text) is not None
        how = "several statements" if several else "plain statement" if plain else "statement in another form"
        return f"{ours}: {how}"
    if item.scorer == "exact":
        return f"{ours}: the truth is part of a sentence"
    if item.scorer == "math":
        line = item.text.removeprefix("Answer: ")
        return f"{ours}: {'a sum that is not worked out' if only_number(line) is None else 'a sentence with a number'}"
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


def apart(entry: Judged) -> float:
    """By how much a verdict is better than the recorded one: a program is right when all its checks pass, for the
    source gives them weights that it does not tell."""
    row, item, verdict = entry
    return (verdict.score == 1) - (row["score"] >= (0.999 if item.scorer == "checks" else 0.5))


def report(name: str, rows: list[Judged], seconds: float, examples: int) -> None:
    """Print agreement per dataset, then the disagreements by cause."""
    print(f"\n## {name}: {len(rows):,} answers judged in {seconds:.0f} s\n")
    print("| dataset | answers | no answer | % | compared | agree % | 95 % | right here only | right there only |")
    print("| --- | ---: | ---: | ---: | ---: | ---: | --- | ---: | ---: |")
    for dataset in [*sorted({row["dataset"] for row, _, _ in rows}), "all"]:
        part = [entry for entry in rows if dataset in {entry[0]["dataset"], "all"}]
        compared = [entry for entry in part if entry[2].verdict not in {"no_answer", "unjudged"}]
        n = len(part) - len(compared)
        here, there = (sum(side(entry) > 0 for entry in compared) for side in (apart, lambda entry: -apart(entry)))
        agree = len(compared) - here - there
        print(
            f"| {dataset} | {len(part):,} | {n:,} | {100 * n / len(part):.1f} | {len(compared):,} "
            f"| {100 * agree / len(compared):.2f} | {interval(agree, len(compared))} | {here} | {there} |"
        )
    differing = [entry for entry in rows if entry[2].verdict not in {"no_answer", "unjudged"} and apart(entry)]
    causes: Counter[tuple[str, str]] = Counter()
    shown: dict[tuple[str, str], list[Judged]] = defaultdict(list)
    for entry in differing:
        kind = entry[1].options.get("compare", entry[1].scorer)
        causes[kind, cause(*entry)] += 1
        shown[kind, cause(*entry)].append(entry)
    print("\n| comparison | cause | answers |\n| --- | --- | ---: |")
    for (kind, why), n in causes.most_common():
        print(f"| {kind} | {why} | {n} |")
        for row, _, verdict in shown[kind, why][:examples]:
            found = f"truth {row['ground_truth'][:60]!r} found {verdict.extracted!r}, {row['score']:.3f} there"
            print(f"    {row['model']} {found}: {row['response'][-150:]!r}")
    silent = Counter(verdict.detail or "nothing stated" for _, _, verdict in rows if verdict.verdict == "no_answer")
    lucky = sum(row["score"] >= 0.5 for row, _, verdict in rows if verdict.verdict == "no_answer")
    print(f"\nno answer: {dict(silent)}; recorded as right: {lucky}")
    late, unjudged = (sum(v.verdict == name for _, _, v in rows) for name in ("timeout", "unjudged"))
    print(f"timeouts: {late}, unjudged: {unjudged}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", default=FILES)
    parser.add_argument("--examples", type=int, default=0)
    parser.add_argument("--programs", type=int, default=1000)
    arguments = parser.parse_args()
    for name in arguments.names or FILES:
        path = Path(os.environ["CONCERTINO_RECORDED"]) / f"{name}.parquet"
        rows, seconds = executed(path, arguments.programs) if name == "can_ai_code" else judged(path)
        report(name, rows, seconds, arguments.examples)


if __name__ == "__main__":
    main()
