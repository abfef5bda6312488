"""RouterDC (LLMRouterBench reference, section 5.1) with its encoder learned: models that do well against the rest.

Faithful: the encoder is fine-tuned together with a vector per model (normal, 0.78), by the same loss as in
`routerdc-frozen`. Different: the encoder is any sentence-transformers model, MiniLM unless another is named (published:
one of 7B), with its own pooling; the models' vectors have a step size of their own; datasets are not resampled, and the
epoch is chosen on validation. Slow without a GPU: some questions a second (docs/performance.md has times). Over five
hash splits of 55/15/30 it was against `routerdc-frozen` (2026-11-26, macro accuracy in points, 95 % paired bootstrap)
+2.2 (+1.2 to +3.2) on `llmrouter-9llm` (1,356 to 1,391 test questions) and +0.5 (-0.7 to +1.6) on `mmlu-pro-open`
(1,014 to 1,079).
"""

from typing import Any

import numpy as np

from tasks.route.contract import Progress, Router, Train
from tasks.route.finetune import TunedPolicy, TuneOptions, finetune
from tasks.route.registry import routers
from tasks.route.routers.routerdc_frozen import ContrastOptions, RouterDCPolicy, contrast, contrasts, first_models
from tasks.route.train import by_name, mean_cost


class TunedRouterDCPolicy(TunedPolicy):
    """Where models stand among the questions, in vectors learned for it."""

    kind = RouterDCPolicy


class TunedRouterDCOptions(ContrastOptions, TuneOptions):
    """Values of experience: no search was made."""


@routers.register("routerdc")
class TunedRouterDC(Router[TunedRouterDCOptions]):
    """Dual contrastive learning, encoder included."""

    Options = TunedRouterDCOptions
    policy = TunedRouterDCPolicy

    def fit(self, train: Train, report: Progress) -> TunedRouterDCPolicy:
        """Encoder and model vectors of the epoch with the least loss on what is held out."""
        import torch

        options, (ordered, place) = self.options, by_name(train)
        pulled, pushed = (torch.from_numpy(one) for one in contrasts(ordered.known.score, options.top, options.bottom))

        def loss(asked: Any, weights: dict[str, Any], rows: np.ndarray) -> Any:
            sides = pulled[rows].to(asked.device), pushed[rows].to(asked.device)
            return contrast(asked, weights["models"], *sides, options.temperature)

        found, encoder, epoch = finetune(
            options, lambda d: {"models": first_models(train.seed, len(place), d)}, loss, train, report
        )
        models = found["models"]
        models[np.isnan(ordered.known.score).all(axis=0)] = np.nan
        same = np.eye(models.shape[1], dtype=np.float32)
        return TunedRouterDCPolicy(RouterDCPolicy(same, models[place], mean_cost(train), epoch), encoder)
