"""The scorers: what judges one answer, registered by name."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeVar, get_args

from pydantic import BaseModel, ConfigDict, ValidationError

from profiles.registry import SCORERS, Registry
from tasks.score.verdict import Item, Verdict
from warehouse.errors import UserError, fault_of, unknown_name

Mode = Literal["fixed", "compat"]


class ScorerOptions(BaseModel):
    """What a dataset's `scorer_options` may say; a scorer that knows any has a subclass."""

    model_config = ConfigDict(extra="forbid")


_Options = TypeVar("_Options", bound=ScorerOptions)


def parse_options(model: type[_Options], name: str, options: Mapping[str, Any]) -> _Options:
    """A dataset's `scorer_options` as the scorer's own type; a misspelling would else be without effect.

    Raises:
        UserError: an unknown option or a wrong value; the message lists the options.
    """
    try:
        return model.model_validate(dict(options))
    except ValidationError as error:
        where, wrong = fault_of(error)
        known = ", ".join(model.model_fields) or "none"
        raise UserError(
            f"scorer '{name}': option '{where}': {wrong}; its options are: {known}; "
            "correct scorer_options of the dataset"
        ) from error


@dataclass(frozen=True, slots=True)
class Scorer:
    """How answers of one kind are judged.

    Args:
        version: part of a score's key; a changed rule needs a new one, and old verdicts stay beside it.
        mode: of its verdicts; fixed: by our rules, compat: by those of the benchmark's reference, defects and all.
        judge: a pure function; it runs in a worker process that is killed when it takes too long.
        prepare: imports what `judge` needs, before any time limit starts.
        sandboxed: `judge` starts a sandbox of its own with its own limits and is therefore called directly.
        options: names, types and meaning of its options.
    """

    version: str
    mode: Mode
    judge: Callable[[Item], Verdict]
    prepare: Callable[[], object] | None = None
    sandboxed: bool = False
    options: type[ScorerOptions] = ScorerOptions


scorers: Registry[Scorer] = Registry("scorer", SCORERS)


def scorer(
    name: str,
    *,
    version: str,
    mode: Mode = "fixed",
    prepare: Callable[[], object] | None = None,
    sandboxed: bool = False,
    options: type[ScorerOptions] = ScorerOptions,
) -> Callable[[Callable[[Item], Verdict]], Callable[[Item], Verdict]]:
    """Decorator that registers a judging function as a scorer.

    Raises:
        UserError: there is no such mode.
    """
    if mode not in get_args(Mode):
        raise unknown_name("score mode of a scorer", mode, get_args(Mode))

    def add(judge: Callable[[Item], Verdict]) -> Callable[[Item], Verdict]:
        scorers.register(name)(Scorer(version, mode, judge, prepare, sandboxed, options))
        return judge

    return add
