"""What is varied: a study is a list of settings that differ from its base in one part."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from profiles.preset import Preset

if TYPE_CHECKING:
    from tasks.analyse.answer import Answers, Runner

Vote = Literal["full", "no slopes", "no alternative"]
Order = Literal["best first", "worst first", "random", "curated"]
SIZES = ("top_n", "top_n_code")


@dataclass(frozen=True)
class Setting:
    """One point of a study.

    Args:
        label: as a reader sees it.
        preset: the base preset with one part changed.
        x: place on the study's axis; None in a study without one.
        series: which curve of the study it is a point of.
        embedder: of the questions; None: the run's own.
        shrunk: whether local accuracies are shrunk to those of datasets and of the whole bank.
        vote: parts of the fitted vote: all, without each model's local log-odds, or without the alternative that no
            answer is right.
        pool: only so many models, taken in that order; None: all.
        bank_share: a random part of the bank.
        draws: how many such parts are drawn per seed.
        stand_in: answer as `preset` does with its aggregator, whose place a plain vote of each subset takes.
        asked: answer with the pool's own aggregator.
        router: name of the router's setting that answers, whose version and options the figures depend on.
        answer: how the questions are answered where the method does not; label and series tell settings apart.
    """

    label: str
    preset: Preset
    x: float | None = None
    series: str = ""
    embedder: str | None = None
    shrunk: bool = True
    vote: Vote = "full"
    pool: tuple[Order, int] | None = None
    bank_share: float = 1.0
    draws: int = 1
    stand_in: bool = False
    asked: bool = False
    router: str | None = field(default=None, repr=False)
    answer: "Callable[[Runner, Setting], Answers] | None" = field(default=None, repr=False)


@dataclass(frozen=True)
class Study:
    """Settings that differ in one part.

    Args:
        name: in the table, and what `--studies` takes.
        title: heading of its section.
        what: what is varied and how, in a sentence or three.
        settings: the points, in the order shown.
        base: label and series of the setting that the others are compared with.
        axis: what the x axis measures; None: no curve.
        against_calls: whether the curve's x axis is model calls per question.
        hindsight: whether settings look at the truth, so that none of them is a choice that one has.
    """

    name: str
    title: str
    what: str
    settings: tuple[Setting, ...]
    base: tuple[str, str]
    axis: str | None = None
    against_calls: bool = False
    hindsight: bool = False

    @property
    def base_at(self) -> int:
        """Position of the base among the settings."""
        return [(one.label, one.series) for one in self.settings].index(self.base)


def changed(preset: Preset, **changes: object) -> Preset:
    """The preset with some values changed."""
    return preset.model_copy(update=changes)


def variants(
    preset: Preset,
    changes: Mapping[str, Mapping[str, object]],
    xs: Iterable[float | None],
    *,
    stand_in: bool = False,
    asked: bool = False,
) -> tuple[Setting, ...]:
    """One setting per label and its changes of a preset, at these places of the axis; the rest as of `Setting`."""
    labelled = zip(changes.items(), xs, strict=True)
    return tuple(
        Setting(label, changed(preset, **change), x, stand_in=stand_in, asked=asked) for (label, change), x in labelled
    )
