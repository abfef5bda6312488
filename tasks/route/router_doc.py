"""docs/routers.md, written from the routers' own words and their settings."""

import inspect
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel

from profiles.load import load_router, router_names
from tasks.route.registry import router_of, routers

DOCUMENT = Path(__file__).parents[2] / "docs" / "routers.md"
_FIGURES = DOCUMENT.with_name("measured.yaml")
_HEAD = """# Routers

Written by `make docs` from `tasks/route/routers` and `profiles/routers`: change it there. A run profile names settings
(`routers: [concertino, knn]`), `concertino evaluate --routers NAME,...` others. A router of your own is one file and
one line ([how](howto/router.md)); a setting of your own is a file in `CONCERTINO_HOME/profiles/routers`. A name with
`-published` has the paper's or the benchmark's hyper-parameters, the others ours; what a setting has other than the
default stands in brackets. `concertino queries policies` lists what was fitted up to the last `concertino publish`, and
`concertino route "question" --policy NAME` uses it.

Of every method that fine-tunes an encoder in the original there are two: `frugalgpt`, `hybridllm`, `modelsat` and
`routerdc` do so here, too, with any sentence-transformers model and on a GPU where there is one; those of the same name
with `-frozen` learn on the run's embeddings as they are.

OpenRouter's own router is none of these: nothing is fitted. A run profile names such services under `external_routers`
(`[openrouter]` unless it says otherwise), and where their own answers are in the warehouse they stand beside the
routers, each answer one call at what it cost, and are no candidate of any router or oracle. Recorded ones come with a
release; `concertino collect --profile P --pool openrouter` asks live (`OPENROUTER_API_KEY`), and `concertino score
--profile P` judges what it said.

"""

_MEASURED = """## Measured

Macro accuracy above the best single model in points, its 95 % interval (the run's own paired bootstrap) and its rank
among those measured, at each router's own point, on the test parts of all seeds: of each data set one run of
`concertino evaluate --profile PROFILE --routers NAME,...` with every router that has a figure; what learns an encoder
was fitted on an H200. The figures stand in `measured.yaml`. What the controls `shuffled-labels` and `random-features`
gain, chance gains.

"""


def render() -> str:
    """The document: a section per router, with its settings."""
    settings = [load_router(name) for name in router_names()]
    parts = [_HEAD, *_measured(yaml.safe_load(_FIGURES.read_bytes()))]
    for name in sorted(routers.names()):
        own = [one for one in settings if one.router == name]
        parts += [*_section(name, [(one.name, one.title, _set(router_of(one).options)) for one in own])]
    return "".join(parts)


def _measured(figures: list[dict[str, Any]]) -> Iterator[str]:
    yield _MEASURED
    for one in figures:
        best = f"best single {one['best_single']:.1f} %"
        yield f"- `{one['profile']}`: {one['questions']:,} questions, {one['models']} models, {best}, {one['date']}\n"
    columns = [one["profile"] for one in figures]
    yield f"\n| router | {' | '.join(columns)} |\n|{' --- |' * (1 + len(columns))}\n"
    for name in sorted({name for one in figures for name in one["gains"]}):
        yield f"| `{name}` | {' | '.join(_gain(one['gains'], name) for one in figures)} |\n"
    yield "\n"


def _gain(gains: dict[str, list[float]], name: str) -> str:
    if name not in gains:
        return "not measured"
    gain, low, high = gains[name]
    rank = 1 + sum(other[0] > gain for other in gains.values())
    return f"{gain:+.1f} ({low:+.1f} to {high:+.1f}), {rank} of {len(gains)}"


def _set(options: BaseModel) -> dict[str, object]:
    """What of it is not as it is by default."""
    usual = type(options)().model_dump()
    return {key: one for key, one in options.model_dump().items() if one != usual.get(key)}


def _section(name: str, own: list[tuple[str, str, dict[str, object]]]) -> Iterator[str]:
    kind = routers.get(name)
    said = inspect.getdoc(sys.modules[kind.__module__]) or ""
    yield f"## {name}\n\n{said}\n\n"
    if kind.Options.model_fields:
        yield "| option | default | meaning |\n| --- | --- | --- |\n"
        for option, field in kind.Options.model_fields.items():
            default = field.get_default(call_default_factory=True)
            yield f"| `{option}` | `{default}` | {(field.description or '').replace('|', chr(92) + '|')} |\n"
        yield "\n"
    for setting, title, options in own:
        told = ", ".join(f"{key}: {value}" for key, value in options.items())
        yield f"- `{setting}`: {title}{told and f' ({told})'}\n"
    yield "\n" if own else ""


if __name__ == "__main__":
    DOCUMENT.write_text(render(), encoding="utf-8")
