"""How far a collection is: the counts and their one-sentence form."""

import time
from collections import Counter
from dataclasses import dataclass, field, fields

from profiles.readable import usd
from warehouse.errors import ProviderError

_HOPELESS = {"auth", "not_found", "quota"}  # whatever this model is asked next fails in the same way
# A model whose calls fail in a row for so long is down: each further request would cost all its tries, hours together.
_DOWN_CALLS = 20
_DOWN_S = 120.0


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
    failed_by: dict[str, Counter[str]] = field(default_factory=dict)  # model → the same of its requests
    example: dict[str, str] = field(default_factory=dict)
    other_model: Counter[str] = field(default_factory=Counter)  # "asked by served" → calls
    given_up: dict[str, ProviderError] = field(default_factory=dict)  # model → the error that no waiting mends
    silent: dict[str, tuple[float, int]] = field(default_factory=dict)  # model → since when its calls fail, how many

    def add(self, other: "Tally") -> None:
        """Count what another client counted."""
        for name in _COUNTS:
            setattr(self, name, getattr(self, name) + getattr(other, name))
        for model, kinds in other.failed_by.items():
            self.failed_by.setdefault(model, Counter()).update(kinds)
        self.example = other.example | self.example
        self.given_up = other.given_up | self.given_up

    def gave_up(self, model: str, error: ProviderError) -> None:
        """Count a request without an answer."""
        self.failed[error.kind] += 1
        self.failed_by.setdefault(model, Counter())[error.kind] += 1
        self.example.setdefault(error.kind, error.message)
        if error.kind in _HOPELESS:
            self.given_up[model] = error

    def booked(self, model: str, nothing: ProviderError | None) -> None:
        """Count an answer that was paid for, or why it is none."""
        self.silent.pop(model, None)
        if nothing is None:
            self.answered += 1
        else:
            self.gave_up(model, nothing)

    def call_failed(self, model: str, error: ProviderError) -> None:
        """Note a call that failed; a model of which nothing else came for a while is given up."""
        if not error.retryable:  # somebody refused it
            self.silent.pop(model, None)
            return
        since, calls = self.silent.get(model, (time.monotonic(), 0))
        self.silent[model] = since, (calls := calls + 1)
        lasted_s = time.monotonic() - since
        if calls >= _DOWN_CALLS and lasted_s >= _DOWN_S:
            told = f"{calls:,} calls in {lasted_s / 60:.0f} minutes came to nothing, at last: {error.message}"
            self.given_up.setdefault(model, ProviderError(error.kind, told, retryable=False))

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

    def so_far(self) -> str:
        """What is shown while it is going on."""
        return self._cost(f"${usd(self.cost_usd)}") + (f" · {self.failed.total():,} failed" if self.failed else "")

    def kept(self) -> str:
        """What a stop leaves behind."""
        cost = self._cost(f"${usd(self.cost_usd)}")
        return f"stopped after {self.answered:,} answers ({cost}); the same command continues"

    def __str__(self) -> str:
        cost = self._cost(f"for ${usd(self.cost_usd)}")
        parts = [f"{self.answered:,} answered {cost}", f"{self.cached:,} known"]
        if self.retried:
            parts.append(f"{self.retried:,} retries")
        if self.failed:
            models = sorted(self.failed_by.items(), key=lambda item: -item[1].total())
            parts.append(f"{self.failed.total():,} failed ({'; '.join(map(_failed, models))})")
        if self.given_up:
            parts.append("gave up " + ", ".join(f"{model} ({error.kind})" for model, error in self.given_up.items()))
        if self.other_model:
            most, _ = self.other_model.most_common(1)[0]
            parts.append(f"{self.other_model.total()} served by another model than asked ({most})")
        if self.unpriced and self.cost_usd:
            parts.append(f"{self.unpriced} of unknown cost")
        return " · ".join(parts)

    def _cost(self, known: str) -> str:
        return "at unknown cost" if self.unpriced and not self.cost_usd else known


_COUNTS = [one.name for one in fields(Tally) if one.name not in {"failed_by", "example", "given_up", "silent"}]


def _failed(entry: tuple[str, Counter[str]]) -> str:
    model, kinds = entry
    return f"{model}: " + ", ".join(f"{count:,} {kind}" for kind, count in kinds.most_common())
