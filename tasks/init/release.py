"""What a tree of LLMRouterBench results holds: groups of models that were asked the same datasets."""

from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

from profiles.schema import OPENROUTER
from tasks.ingest.sources.llmrouterbench import results_below
from warehouse.errors import UserError

_ALIKE = 0.5  # of the datasets of two models that they share, in one group


@dataclass(frozen=True, slots=True)
class Setting:
    """Models and the (dataset, variant) pairs that most of them have results for, both sorted."""

    models: list[str]
    pairs: list[tuple[str, str]]

    @property
    def datasets(self) -> list[str]:
        """Names of its datasets."""
        return sorted({dataset for dataset, _ in self.pairs})


def settings_of(root: Path) -> list[Setting]:
    """The groups, largest first; a benchmark with two settings has two, which are not comparable with each other.

    Raises:
        UserError: no result below the folder.
    """
    of_model: defaultdict[str, set[tuple[str, str]]] = defaultdict(set)
    for dataset, variant, model in results_below(root):
        if model != OPENROUTER:  # chooses among models, and is none to choose
            of_model[model].add((dataset, variant))
    if not of_model:
        raise UserError(f"there is no LLMRouterBench result below {root}; give the folder that holds its JSON files")
    groups: list[list[str]] = []
    for model in sorted(of_model):
        near = [group for group in groups if any(_alike(of_model[model], of_model[other]) for other in group)]
        groups = [group for group in groups if group not in near] + [[model, *(one for group in near for one in group)]]
    return sorted((_setting(group, of_model) for group in groups), key=lambda one: (-len(one.models), one.models))


def _alike(one: set[tuple[str, str]], other: set[tuple[str, str]]) -> bool:
    return len(one & other) >= _ALIKE * len(one | other)


def _setting(group: list[str], of_model: dict[str, set[tuple[str, str]]]) -> Setting:
    pairs = {pair for model in group for pair in of_model[model]}
    common = [pair for pair in sorted(pairs) if 2 * sum(pair in of_model[model] for model in group) > len(group)]
    return Setting(sorted(group), common)
