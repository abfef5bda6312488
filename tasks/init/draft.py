"""The YAML that `concertino init` writes: short, commented, to be edited."""

import glob
import json
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tasks.init.pool import Models, unpriced
from tasks.init.questions import QuestionSet
from tasks.init.release import Setting
from warehouse.errors import UserError
from warehouse.settings import settings

_CODE = "task: code  # collaboration asks top_n_code models of a question, fewer than top_n\n"
_MADE = "# Made by `concertino init` from {source}; every line can be edited.\n"


@dataclass(frozen=True, slots=True)
class Draft:
    """A file to be written, below CONCERTINO_HOME/profiles."""

    folder: str
    name: str
    text: str

    @property
    def path(self) -> Path:
        """Where it goes."""
        return settings().profiles / self.folder / f"{self.name}.yaml"


def pool_draft(name: str, source: str, models: Models) -> Draft:
    """A pool of models that can be asked."""
    listed = yaml.safe_dump({"model_list": models}, sort_keys=False, allow_unicode=True, width=110)
    allowed = "unpriced: allow  # no budget holds a model without a price; refuse: it is not asked\n"
    return Draft("pools", name, _MADE.format(source=source) + (
        "# Keys are never written here: os.environ/NAME is an environment variable, prefect-secret/NAME a Prefect\n"
        "# secret block. Without input_cost_per_token and output_cost_per_token in its model_info, and where nobody\n"
        "# knows the price of a model, its cost stays unknown.\n"
        f"title: {_flow(f'models of {source}')}\n{allowed if unpriced(models) else ''}"
        f"# aggregator: {models[0]['model_name']}  # the model that writes an answer from several; for preset smcs\n"
        f"{listed}"
    ))  # fmt: skip


def questions_draft(
    name: str, path: Path, columns: dict[str, str], asked: Sequence[QuestionSet], pool: str, budget_usd: float
) -> Draft:
    """A run profile of a file of questions."""
    mapped = f"source_options: {_flow({'columns': columns})}  # our column: the file's\n" if columns else ""
    return Draft("runs", name, _MADE.format(source=path.name) + (
        f"title: {_flow(f'{sum(one.n for one in asked):,} questions of {path.name}')}\n"
        f"source: questions\npath: {_flow(str(path))}\n{mapped}"
        f"datasets: {_flow([glob.escape(one.name) for one in asked])}\n"
        f"pool: {_flow(pool)}\n"
        "collect: true  # ask the pool's models for what is missing; what is paid for is not asked again\n"
        f"budget_usd: {budget_usd}  # a run stops cleanly before it could cost more\n"
        "presets: [smcs-select]  # asks every model, picks by a weighted vote; smcs needs an aggregator in the pool\n"
        "judged_system: smcs-select  # what the nightly decision is about\n"
        "# What each night asks anew of what is known, so that a model that got worse is seen; without it nothing is.\n"
        "refresh: {share: 0.2, at_least: 50, max_age_days: 30}\n"
    ))  # fmt: skip


def dataset_draft(name: str, asked: QuestionSet) -> Draft:
    """How a dataset is judged."""
    guessed = f"guessed from {asked.n_truth:,} truths of {asked.n:,} questions" if asked.scorer else asked.why_none
    return Draft("datasets", f"{name}-{_slug(asked.name)}", (
        f"# How answers to {_flow(asked.name)} are judged: {guessed}. choice: a letter; math: a number or formula;\n"
        "# exact: words; json_answer: a JSON object; python_tests: runs tests; null: only imported verdicts.\n"
        f"match: {_flow(glob.escape(asked.name))}\n"
        f"title: {_flow(asked.name)}\n"
        f"scorer: {asked.scorer or 'null'}\n"
        f"{_CODE if asked.scorer == 'python_tests' else ''}"
    ))  # fmt: skip


def release_drafts(name: str, path: Path, setting: Setting) -> list[Draft]:
    """Pool and run profile of a group of models with recorded results."""
    models = [{"model_name": one, "litellm_params": {"model": f"replay/{one}"}} for one in setting.models]
    listed = yaml.safe_dump({"model_list": models}, sort_keys=False, allow_unicode=True, width=110)
    made = _MADE.format(source=path.name)
    title = f"{len(setting.models)} models on {len(setting.datasets)} datasets of {path.name}, recorded answers"
    variants = [f"{dataset}/{variant}" for dataset, variant in setting.pairs]
    run = (
        f"title: {_flow(title)}\nsource: llmrouterbench\npath: {_flow(str(path))}\n"
        f"source_options: {_flow({'variants': variants})}\n"
        f"datasets: {_flow([glob.escape(one) for one in variants])}\n"
        f"pool: {_flow(name)}\n"
        "score_mode: recorded  # the scores that came with the answers count; fixed: our scorers judge them\n"
        "presets: [smcs-select]\nseeds: [0]  # of the 70/30 splits; more seeds, narrower intervals\n"
        "judged_system: smcs-select\n"
    )
    return [
        Draft("pools", name, f"{made}title: {_flow(title)}\n{listed}"),
        Draft("runs", name, made + run),
    ]


def write(drafts: Sequence[Draft], *, force: bool) -> None:
    """Write all files or none.

    Raises:
        UserError: one is there already, and `force` is false.
    """
    there = [draft.path for draft in drafts if draft.path.exists()]
    if there and not force:
        raise UserError(f"{there[0]} is there already; choose another name, or --force to write over it")
    for draft in drafts:
        draft.path.parent.mkdir(parents=True, exist_ok=True)
        temporary = draft.path.with_suffix(".tmp")
        temporary.write_text(draft.text, encoding="utf-8")
        os.replace(temporary, draft.path)


def _flow(value: Any) -> str:
    """A value in YAML, on one line; JSON is YAML."""
    return json.dumps(value, ensure_ascii=False)


def _slug(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9]+", "-", name).strip("-").lower() or "dataset"
