"""How far a collection is: the counts, their one-sentence form, and a live bar where somebody watches."""

import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Protocol

from warehouse.errors import ProviderError


@dataclass
class Tally:
    """Counts of one client, updated while it asks; `example` holds one message per kind of error."""

    calls: int = 0
    answered: int = 0
    cached: int = 0
    retried: int = 0
    unpriced: int = 0
    cost_usd: float = 0.0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    failed: Counter[str] = field(default_factory=Counter)
    example: dict[str, str] = field(default_factory=dict)
    other_model: Counter[str] = field(default_factory=Counter)  # "asked by served" → calls
    given_up: dict[str, ProviderError] = field(default_factory=dict)  # model → the error that no waiting mends

    def gave_up(self, kind: str, message: str) -> None:
        """Count a request without an answer."""
        self.failed[kind] += 1
        self.example.setdefault(kind, message)

    def booked(self, nothing: ProviderError | None) -> None:
        """Count an answer that was paid for, or why it is none."""
        if nothing is None:
            self.answered += 1
        else:
            self.gave_up(nothing.kind, nothing.message)

    def again(self) -> None:
        """Count a retry."""
        self.retried += 1

    def paid(self, cost_usd: float | None, tokens: tuple[int, int], *, other_model: str | None) -> None:
        """Count a call that came back.

        Args:
            cost_usd: None when unknown.
            tokens: of the prompt and of the completion.
            other_model: asked and served model, where these are two.
        """
        self.prompt_tokens += tokens[0]
        self.completion_tokens += tokens[1]
        self.cost_usd += cost_usd or 0.0
        self.unpriced += cost_usd is None
        self.other_model.update([other_model] if other_model else [])

    def kept(self) -> str:
        """What a stop leaves behind."""
        return f"stopped after {self.answered:,} answers (${self.cost_usd:.2f}); the same command continues"

    def __str__(self) -> str:
        parts = [
            f"{self.answered} answered for ${self.cost_usd:.4f}",
            f"{self.cached} known",
            f"{self.retried} retries",
        ]
        if self.failed:
            kinds = ", ".join(f"{count} {kind}" for kind, count in self.failed.most_common())
            parts.append(f"{self.failed.total()} failed ({kinds})")
        if self.given_up:
            parts.append("gave up " + ", ".join(f"{model} ({error.kind})" for model, error in self.given_up.items()))
        if self.other_model:
            most, _ = self.other_model.most_common(1)[0]
            parts.append(f"{self.other_model.total()} served by another model than asked ({most})")
        if self.unpriced:
            parts.append(f"{self.unpriced} of unknown cost")
        return " · ".join(parts)


class Bar(Protocol):
    """Moves one step per request."""

    def __call__(self) -> None:
        """One request is done."""


@contextmanager
def live_bar(total: int, tally: Tally) -> Iterator[Bar]:
    """A bar on stderr when that is a terminal, else nothing is shown."""
    if not sys.stderr.isatty():
        yield lambda: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), TextColumn("{task.description}"))
    with Progress(*columns, console=Console(stderr=True), transient=True) as shown:
        task = shown.add_task("", total=total)
        yield lambda: shown.update(task, advance=1, description=str(tally))
