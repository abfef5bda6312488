"""The models of a pool as they are asked: by name, with their parameters and keys."""

from collections.abc import Mapping, Sequence
from typing import Any

from profiles.prices import Price
from profiles.schema import Pool, PoolModel
from tasks.collect.cache import Known
from tasks.collect.completion import passed_through
from tasks.collect.cost import bound_usd, most_tokens
from tasks.collect.pricing import refuse_unpriced
from tasks.collect.record import Keyed, Request
from tasks.collect.request_key import asked_parameters, keyed, sent_parameters
from tasks.collect.secrets import resolve
from warehouse.errors import unknown_name


class Models:
    """Models of a pool; their keys are looked up when they are first asked.

    Args:
        pool: the pool.
        blocks: Prefect secret block → value; these and prices are only looked at for `parameters`.
        prices: model → price.
    """

    def __init__(
        self, pool: Pool, blocks: Mapping[str, str] | None = None, prices: Mapping[str, Price | None] | None = None
    ) -> None:
        self._pool = pool
        self._models = {model.model_name: model for model in pool.model_list}
        self._blocks = blocks or {}
        self._prices = prices or {}
        self._resolved: dict[str, tuple[dict[str, Any], list[str]]] = {}

    def named(self, name: str) -> PoolModel:
        """A model by name.

        Raises:
            UserError: there is none.
        """
        if name not in self._models:
            raise unknown_name("model", name, self._models)
        return self._models[name]

    def parameters(self, model: PoolModel) -> tuple[dict[str, Any], list[str]]:
        """LiteLLM's parameters with keys, and the values among them that nobody may see.

        Raises:
            UserError: a key is missing, or the model is refused.
        """
        name = model.model_name
        if name not in self._resolved:
            refuse_unpriced(self._pool, model, self._prices)
            parameters, secrets = resolve(name, model.litellm_params, self._blocks)
            self._resolved[name] = parameters | passed_through(parameters), secrets
        return self._resolved[name]

    def sent(self, request: Request) -> dict[str, Any]:
        """What goes to LiteLLM with a request, besides its messages."""
        model = self.named(request.model)
        return sent_parameters(self.parameters(model)[0]) | asked_parameters(model, request)

    def bound_usd(self, request: Request) -> float | None:
        """The most a call can cost, in US dollars; None without a price."""
        price = self._prices[request.model]
        return None if price is None else bound_usd(price, request.messages, most_tokens(self.sent(request)))

    def keyed(self, request: Request) -> Keyed:
        """A request with its identity."""
        return keyed(self.named(request.model), request)

    def missing(self, requests: Sequence[Request], known: Mapping[str, Known]) -> list[Request]:
        """The requests without a response of their own; the words may still be known from another question.

        Args:
            requests: what is wanted.
            known: request key → what is kept of the answer.
        """
        return [
            one.request
            for one in map(self.keyed, requests)
            if (answer := known.get(one.key)) is None or one.response_id(answer.text_hash) != answer.response_id
        ]

    def most_tokens(self, request: Request) -> int:
        """What a request lets the model write."""
        return most_tokens(asked_parameters(self.named(request.model), request))
