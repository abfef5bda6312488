"""MODEL-SAT (LLMRouterBench reference, section 5.3) with its encoder learned: can a model of this card answer this?

Faithful: the encoder is fine-tuned, together with what reads question and capability card, by cross-entropy on whether
a model can answer; models are known by their cards alone. Different: any sentence-transformers encoder, MiniLM unless
another is named, reads the question, and the logistic model of `modelsat-frozen` its vector, the card and all their
products (published: a 7B language model reads the question in words and the card as one soft token, and says yes or
no); cards are accuracies in the train part's datasets; there is no warm-up, and the epoch is chosen on validation. Slow
without a GPU: some questions a second (docs/performance.md has times). Over five hash splits of 55/15/30 it was against
`modelsat-frozen` (2026-11-26, macro accuracy in points, 95 % paired bootstrap) -0.3 (-1.1 to +0.5) on `llmrouter-9llm`
(1,356 to 1,391 test questions) and -2.7 (-4.0 to -1.6) on `mmlu-pro-open` (1,014 to 1,079): with the default steps the
frozen variant is as good or better.
"""

from typing import Any

import numpy as np

from tasks.route.contract import Progress, Router, Train
from tasks.route.finetune import TunedPolicy, TuneOptions, finetune
from tasks.route.registry import routers
from tasks.route.routers.modelsat_frozen import LabelOptions, ModelSatPolicy, can_answer, cards_of, first_logit
from tasks.route.train import by_name, cross_entropy, mean_cost, rounded


class TunedModelSatPolicy(TunedPolicy):
    """The logistic model and the cards, on vectors learned for them."""

    kind = ModelSatPolicy


class TunedModelSatOptions(LabelOptions, TuneOptions):
    """Values of experience: no search was made."""


@routers.register("modelsat")
class TunedModelSat(Router[TunedModelSatOptions]):
    """An encoder that tells which card a question asks for."""

    Options = TunedModelSatOptions
    policy = TunedModelSatPolicy

    def fit(self, train: Train, report: Progress) -> TunedModelSatPolicy:
        """Encoder and logistic model of the epoch with the least cross-entropy on what is held out."""
        import torch

        ordered, place = by_name(train)
        cards = cards_of(ordered)
        shown = torch.from_numpy(np.nan_to_num(cards)).float()
        labels = torch.from_numpy(rounded(ordered.known.score, self.options.labels)).float()

        def loss(asked: Any, weights: dict[str, Any], rows: np.ndarray) -> Any:
            logits = can_answer(asked, shown.to(asked.device), weights)
            return cross_entropy(logits, labels[rows].to(asked.device))

        found, encoder, epoch = finetune(self.options, lambda d: first_logit(d, shown.shape[1]), loss, train, report)
        policy = ModelSatPolicy(**found, cards=cards[place], cost=mean_cost(train), epoch=epoch)
        return TunedModelSatPolicy(policy, encoder)
