"""What `concertino init` writes, from what the user has."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from profiles.load import dataset_of, load_datasets, load_pool, names
from tasks.init.draft import Draft, dataset_draft, pool_draft, questions_draft, release_drafts
from tasks.init.pool import Models, models_of
from tasks.init.questions import datasets_of, guess_columns
from tasks.init.release import settings_of
from warehouse.errors import UserError

_FEW = 30


class Made(NamedTuple):
    """Files to write, what to know about them, and the arguments of the commands that come next."""

    drafts: list[Draft]
    notes: list[str]
    commands: list[str]


def of_release(name: str, release: Path) -> Made:
    """A pool and a run profile per group of models that were asked the same datasets.

    Raises:
        UserError: no result below the folder.
    """
    path = _existing(release)
    groups = settings_of(path)
    called = [name if len(groups) == 1 else f"{name}-{number}" for number in range(1, len(groups) + 1)]
    named = list(zip(called, groups, strict=True))
    drafts = [draft for each, setting in named for draft in release_drafts(each, path, setting)]
    notes = [f"{each}: {len(setting.models)} models on {len(setting.datasets)} datasets" for each, setting in named]
    if len(groups) > 1:
        notes.append("these models were asked different datasets, so they are not ranked together")
    return Made(drafts, notes, [f"run {each}" for each in called])


def of_questions(
    name: str, source: str | None, questions: Path | None, column: Mapping[str, str], budget_usd: float
) -> Made:
    """A pool of the models at a source, and a run profile and dataset blocks of a file of questions.

    Args:
        name: of all of them.
        source: LiteLLM proxy, OpenAI-compatible server or config file; None: the pool of that name is there.
        questions: the file; None: only the pool is wanted.
        column: our column → the file's, where the guess would be wrong.
        budget_usd: the run's cap in US dollars.

    Raises:
        UserError: nothing usable at the source or the file; the message says what to give.
    """
    drafts: list[Draft] = []
    path = None if questions is None else _existing(questions)
    models, notes = models_of(source) if source else (_of_pool(name), [])
    if source:
        drafts.append(pool_draft(name, source, models))
        notes = [f"{len(models)} models: {', '.join(model['model_name'] for model in models)}", *notes]
    notes += _keys_to_set(models)
    if path is None:
        return Made(drafts, notes, [f"run demo --pool {name} --budget-usd {budget_usd:g}"])
    columns = guess_columns(path, column)
    asked = datasets_of(path, columns)
    known = load_datasets()
    for one in asked:
        there = dataset_of(one.name, known)
        drafts += [dataset_draft(name, one)] if there is None or there.scorer is None else []
        scorer = (there and there.scorer) or one.scorer
        notes.append(f"{one.name}: {one.n:,} questions, judged by {scorer or f'nobody: {one.why_none}'}")
    if sum(one.n for one in asked) < _FEW:
        notes.append(f"fewer than {_FEW} questions: a run tests about 30 % of them, and fails where that is none")
    drafts.append(questions_draft(name, path, columns, asked, name, budget_usd))
    return Made(drafts, notes, [f"run {name}"])


def _of_pool(name: str) -> Models:
    """The models of the pool that is there."""
    if name not in names("pools"):
        raise UserError(f"there is no pool '{name}' yet; say where the models are: --from-litellm URL or FILE")
    return [model.model_dump(exclude_none=True) for model in load_pool(name).model_list]


def _keys_to_set(models: Models) -> list[str]:
    values = [value for model in models for value in model["litellm_params"].values() if isinstance(value, str)]
    wanted = {value.removeprefix("os.environ/") for value in values if value.startswith("os.environ/")}
    return [f"set {variable} before you run" for variable in sorted(wanted) if not os.environ.get(variable)]


def _existing(path: Path) -> Path:
    found = path.expanduser().resolve()
    if not found.exists():
        raise UserError(f"there is nothing at {found}; give the path of a file or folder that is there")
    return found
