"""What `concertino ask` prints: the answer, and where wanted how it came about. Models' words are never markup."""

from collections.abc import Sequence
from typing import Any

import polars as pl

from flows.command import show
from flows.command.show import printable
from flows.command.table import Column, print_table
from tasks.route.use import Advice
from tasks.serve.answer import LiveAnswer
from tasks.serve.neighbours import Known

_NEIGHBOURS = 5
_LONGEST = 60
_KINDS = {"reference": "ref", "aggregate": "agg"}


def print_answer(answer: LiveAnswer, *, explain: bool, as_json: bool) -> None:
    """Print an answer as text or as one JSON object; notes go to stderr."""
    if as_json:
        show.as_json(answer.to_dict())
        return
    show.out.print(printable(answer.text), markup=False, soft_wrap=True)
    for note in answer.notes:
        show.err.print(f"note: {note}", markup=False)
    if explain:
        _explain(answer)


def _explain(answer: LiveAnswer) -> None:
    near = [[f"{one.similarity:.3f}", one.dataset, _short(one.text)] for one in answer.neighbours[:_NEIGHBOURS]]
    _table("Similar questions of the bank", ("similarity", "dataset", "question"), near)
    ranking = [[one.model, _number(one.prior), one.state] for one in answer.ranking]
    _table("Models, best first", ("model", "prior", "state"), ranking)
    columns = ("", "model", "as", "answer", "agree", "alike", "sure", "prob.", "USD", "s")
    made = [
        [
            "*" if one.chosen else "",
            one.model,
            _KINDS[one.purpose],
            _short(one.extracted or "–"),
            _number(one.agreement, 2),
            _number(one.similarity, 2),
            _number(one.confidence, 2),
            _number(one.posterior, 2),
            "known" if one.cached else _number(one.cost_usd, 6),
            _number(one.latency_s, 1),
        ]
        for one in answer.candidates
    ]
    _table("Candidates", columns, made)
    show.out.print()
    show.facts(
        {
            "preset": answer.preset,
            "probability": answer.probability,
            "calls": f"{answer.n_call} made, {answer.n_saved} saved",
            "tokens": f"{answer.prompt_tokens:,} in, {answer.completion_tokens:,} out",
            "cost USD": answer.cost_usd,
            "seconds": answer.seconds,
            "run": answer.run_id,
            "label with": answer.collaboration_id,
        }
    )


def print_neighbours(found: Sequence[Known]) -> None:
    """Print similar questions, and a row per model: what it got on each of them."""
    near = [[str(at), f"{one.similarity:.3f}", one.dataset, _short(one.text)] for at, one in enumerate(found, 1)]
    _table("Similar questions of the bank", ("", "similarity", "dataset", "question"), near)
    got = [[model, *(_number(one.labels[model], 2) for one in found)] for model in found[0].labels]
    _table("What each model got there", ("model", *(str(at) for at in range(1, len(found) + 1))), got)


def print_advice(found: Sequence[Advice]) -> None:
    """Print what a router predicts of each model, the chosen one first."""
    rows = [["*" if one.chosen else "", one.model, _number(one.score), _number(one.cost_usd, 6)] for one in found]
    _table("Whom the router asks", ("", "model", "score", "USD"), rows)


def _table(title: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    show.out.print()
    texts = [[show.printable(str(row[at])) for row in rows] for at in range(len(columns))]
    print_table(show.out, [Column(name, cells) for name, cells in zip(columns, texts, strict=True)], title)


def waiting(rows: pl.DataFrame) -> None:
    """Print the live answers that wait for a label."""
    if rows.is_empty():
        show.out.print("no answer waits for a label")
        return
    shown = [
        [
            row["collaboration_id"],
            f"{row['created_at']:%Y-%m-%d %H:%M}",
            _short(row["question"]),
            _short(row["answer"] or "–"),
        ]
        for row in rows.iter_rows(named=True)
    ]
    _table("Answers without a label", ("id", "asked (UTC)", "question", "answer"), shown)


def _short(text: str) -> str:
    words = " ".join(text.split())
    return words if len(words) <= _LONGEST else f"{words[: _LONGEST - 1]}…"


def _number(value: float | None, digits: int = 3) -> str:
    return "–" if value is None else f"{value:.{digits}f}"
