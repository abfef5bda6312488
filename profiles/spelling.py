"""Keys of YAML files: one that is nearly ours is a slip, and where nothing else may stand, so is any other."""

from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from functools import cache
from typing import Any, NamedTuple, get_args

from pydantic import AliasChoices, BaseModel

from profiles.litellm_files import listed_models
from warehouse.errors import NEAR


class Misspelt(NamedTuple):
    """A key that nobody reads, where it stands, and what to do about it."""

    keys: tuple[int | str, ...]
    advice: str


def first_misspelt(content: Any, model: type[BaseModel]) -> Misspelt | None:
    """The first wrong key of a file's content, at whatever depth our models reach; None when there is none.

    Models that pass LiteLLM's own keys through refuse only what is close to a key of ours and none of LiteLLM's.
    """
    return next(_misspelt(content, model, ()), None)


def _misspelt(content: Any, model: type[BaseModel], at: tuple[int | str, ...]) -> Iterator[Misspelt]:
    if not isinstance(content, Mapping):
        return
    ours, closed = model.model_fields, model.model_config.get("extra") == "forbid"
    for key in map(str, content.keys() - ours.keys() - _former_names(model)):
        near = get_close_matches(key.lower(), [*ours, *map(str, _former_names(model))], 1, NEAR)
        if near and (closed or key not in _litellms_own()):
            yield Misspelt((*at, key), f"nobody reads '{key}'; did you mean '{near[0]}'?")
        elif closed:
            yield Misspelt((*at, key), f"nobody reads '{key}'; keys are: {', '.join(ours)}")
    for name in content.keys() & ours.keys():
        for inner in _models_in(ours[name].annotation):
            for place, part in _parts(content[name]):
                yield from _misspelt(part, inner, (*at, name, *place))


def _former_names(model: type[BaseModel]) -> set[object]:
    aliases = (field.validation_alias for field in model.model_fields.values())
    return {name for alias in aliases if isinstance(alias, AliasChoices) for name in alias.choices}


def _models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in get_args(annotation):
        yield from _models_in(argument)


def _parts(held: Any) -> Iterator[tuple[tuple[int | str, ...], Any]]:
    """What may be a model: the value itself, the entries of a list, the values of a mapping of mappings."""
    if isinstance(held, list):
        yield from (((at,), part) for at, part in enumerate(held))
    elif isinstance(held, Mapping) and held and all(isinstance(part, Mapping) for part in held.values()):
        yield from (((str(name),), part) for name, part in held.items())
    else:
        yield (), held


@cache
def _litellms_own() -> frozenset[str]:
    """Keys that LiteLLM reads in a model's information."""
    return frozenset(key for entry in listed_models().values() for key in entry)
