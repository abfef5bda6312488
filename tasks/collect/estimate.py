"""What asking would take, before anything is asked: calls, tokens and dollars per dataset and model, with a range."""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean, pstdev

from profiles.prices import Price
from profiles.schema import Pool
from tasks.collect.cache import Known
from tasks.collect.cost import bound_usd, prompt_tokens
from tasks.collect.models import Models
from tasks.collect.pricing import Pricing
from tasks.collect.record import Request

TYPICAL_COMPLETION_TOKENS = 400.0  # of a model that never answered here
_FACTOR = 4.0  # such a model writes between a quarter and four times as much
_PROMPT_LOW, _PROMPT_HIGH = 0.75, 1.5  # tokens of a prompt, to those guessed from its length
_NORMAL_95 = 1.96


@dataclass(frozen=True, slots=True)
class Length:
    """Completion tokens of a model's known answers."""

    mean: float
    deviation: float
    n: int


def lengths(answers: Iterable[Known]) -> dict[str, Length]:
    """Model → how long its known answers are."""
    found: defaultdict[str, list[int]] = defaultdict(list)
    for answer in answers:
        if answer.completion_tokens is not None:
            found[answer.model].append(answer.completion_tokens)
    return {model: Length(fmean(tokens), pstdev(tokens), len(tokens)) for model, tokens in found.items()}


@dataclass(frozen=True, slots=True)
class Planned:
    """A request as the estimate needs it; `known` when its answer is already there."""

    dataset: str
    model: str
    messages: Sequence[Mapping[str, str]]
    max_tokens: int
    known: bool


@dataclass(frozen=True, slots=True)
class Estimate:
    """What one model would take on one dataset; dollars are None when its price is unknown.

    `cost_usd` is the expected cost (typical answers), `low_usd` to `high_usd` where it will most likely lie, and
    `at_most_usd` the sum of what the budget would reserve.
    """

    dataset: str
    model: str
    requests: int
    known: int
    calls: int
    prompt_tokens: int
    completion_tokens: int
    low_usd: float | None
    cost_usd: float | None
    high_usd: float | None
    at_most_usd: float | None


def estimate_requests(
    pool: Pool, requests: Iterable[Request], known: Mapping[str, Known], datasets: Mapping[str, str]
) -> list[Estimate]:
    """What requests would take, per dataset and model; nothing is asked and no key is needed.

    Args:
        pool: the models.
        requests: what is wanted.
        known: request key → answer that is there.
        datasets: question_id → dataset.
    """
    prices = Pricing(pool).prices
    models = Models(pool)
    planned = [
        Planned(
            datasets[request.question_id],
            request.model,
            request.messages,
            models.most_tokens(request),
            models.keyed(request).key in known,
        )
        for request in requests
    ]
    return estimate(planned, prices, lengths(known.values()))


def estimate(
    planned: Iterable[Planned], prices: Mapping[str, Price | None], typical: Mapping[str, Length]
) -> list[Estimate]:
    """One row per dataset and model, in the order in which they come.

    Args:
        planned: the requests.
        prices: model → price.
        typical: model → how long its known answers are.
    """
    groups: defaultdict[tuple[str, str], list[Planned]] = defaultdict(list)
    for request in planned:
        groups[request.dataset, request.model].append(request)
    return [_row(dataset, model, requests, prices.get(model), typical) for (dataset, model), requests in groups.items()]


def _row(
    dataset: str, model: str, requests: Sequence[Planned], price: Price | None, typical: Mapping[str, Length]
) -> Estimate:
    missing = [request for request in requests if not request.known]
    into = sum(prompt_tokens(request.messages) for request in missing)
    low, out, high = (
        round(sum(min(length, request.max_tokens) for request in missing))
        for length in _range(typical.get(model), len(missing))
    )
    dollars: tuple[float | None, ...] = None, None, None, None
    if price is not None:
        most = sum(bound_usd(price, request.messages, request.max_tokens) for request in missing)
        price = price.at(into / max(len(missing), 1))
        expected = into * price.input_usd + out * price.output_usd
        least = _PROMPT_LOW * into * price.input_usd + low * price.output_usd
        dollars = least, expected, min(most, _PROMPT_HIGH * into * price.input_usd + high * price.output_usd), most
    return Estimate(dataset, model, len(requests), len(requests) - len(missing), len(missing), into, out, *dollars)


def _range(known: Length | None, n: int) -> tuple[float, float, float]:
    """Mean completion tokens of n further answers: low, expected, high."""
    if known is None or known.n < 2:
        expected = TYPICAL_COMPLETION_TOKENS if known is None else known.mean
        return expected / _FACTOR, expected, expected * _FACTOR
    spread = _NORMAL_95 * known.deviation * math.sqrt(1 / known.n + 1 / max(n, 1))
    return max(0.0, known.mean - spread), known.mean, known.mean + spread
