"""What asking would take, before anything is asked: calls, tokens and dollars per dataset and model."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from profiles.schema import Pool
from tasks.collect.cost import Price, bound_usd, prices_of, prompt_tokens
from tasks.collect.record import Answer, Request
from tasks.collect.request_key import asked_parameters, keyed

TYPICAL_COMPLETION_TOKENS = 400.0  # of a model that never answered here


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

    `cost_usd` is the expected cost (typical answers), `at_most_usd` the sum of what the budget would reserve.
    """

    dataset: str
    model: str
    requests: int
    known: int
    calls: int
    prompt_tokens: int
    completion_tokens: int
    cost_usd: float | None
    at_most_usd: float | None


def estimate_requests(
    pool: Pool, requests: Iterable[Request], known: Mapping[str, Answer], datasets: Mapping[str, str]
) -> list[Estimate]:
    """What the requests would take, per dataset and model; nothing is asked and no key is needed.

    Args:
        pool: the models.
        requests: what is wanted.
        known: request key → answer that is there.
        datasets: question_id → dataset.
    """
    models = {model.model_name: model for model in pool.model_list}
    lengths: defaultdict[str, list[int]] = defaultdict(list)
    for answer in known.values():
        if answer.completion_tokens is not None:
            lengths[answer.model].append(answer.completion_tokens)
    planned = [
        Planned(
            datasets[request.question_id],
            request.model,
            request.messages,
            asked_parameters(models[request.model], request)["max_tokens"],
            keyed(models[request.model], request).key in known,
        )
        for request in requests
    ]
    return estimate(planned, prices_of(pool), {model: sum(n) / len(n) for model, n in lengths.items()})


def estimate(
    planned: Iterable[Planned], prices: Mapping[str, Price | None], typical: Mapping[str, float]
) -> list[Estimate]:
    """One row per dataset and model, in the order in which they come.

    Args:
        planned: the requests.
        prices: model → price.
        typical: model → mean completion tokens of its known answers.
    """
    groups: defaultdict[tuple[str, str], list[Planned]] = defaultdict(list)
    for request in planned:
        groups[request.dataset, request.model].append(request)
    return [_row(dataset, model, requests, prices.get(model), typical) for (dataset, model), requests in groups.items()]


def _row(
    dataset: str, model: str, requests: Sequence[Planned], price: Price | None, typical: Mapping[str, float]
) -> Estimate:
    missing = [request for request in requests if not request.known]
    length = typical.get(model, TYPICAL_COMPLETION_TOKENS)
    into = sum(prompt_tokens(request.messages) for request in missing)
    out = round(sum(min(length, request.max_tokens) for request in missing))
    cost = most = None
    if price is not None:
        cost = into * price.input_usd + out * price.output_usd
        most = sum(bound_usd(price, request.messages, request.max_tokens) for request in missing)
    return Estimate(dataset, model, len(requests), len(requests) - len(missing), len(missing), into, out, cost, most)
