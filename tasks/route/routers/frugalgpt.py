"""FrugalGPT (LLMRouterBench reference, section 5.8) with its scorers' encoder learned: ask one model, then another.

Faithful: the encoder is fine-tuned by cross-entropy on whether a model is right (a score of at least one half), and the
scorers see the question alone; the cascades are those of `frugalgpt-frozen`. Different: one encoder bears the scorers
of all models (published: an encoder per model, of two), any sentence-transformers model, MiniLM unless another is named
(published: one of 7B), with its own pooling; heads, without dropout, have one output in the place of two and a step
size of their own; there is no warm-up, and the epoch is chosen on validation. Slow without a GPU: some questions a
second (docs/performance.md has times).
"""

from typing import Any

import numpy as np

from tasks.route.contract import Progress, Router, Train
from tasks.route.finetune import TunedPolicy, TuneOptions, encoded, finetune
from tasks.route.registry import routers
from tasks.route.routers.frugalgpt_frozen import CascadeOptions, FrugalGPTPolicy, first_scorers, verdicts, with_cascades
from tasks.route.train import cross_entropy


class TunedFrugalGPTPolicy(TunedPolicy):
    """Scorers and cascades, on vectors learned for them."""

    kind = FrugalGPTPolicy


class TunedFrugalGPTOptions(CascadeOptions, TuneOptions):
    """Values of experience: no search was made."""


@routers.register("frugalgpt")
class TunedFrugalGPT(Router[TunedFrugalGPTOptions]):
    """An encoder that tells who is right, and the cascade that does best with it within a budget."""

    Options = TunedFrugalGPTOptions
    policy = TunedFrugalGPTPolicy
    version = "2"

    def fit(self, train: Train, report: Progress) -> TunedFrugalGPTPolicy:
        """Encoder and scorers of the epoch with the least cross-entropy on what is held out, and cascades."""
        import torch

        labels = torch.from_numpy(verdicts(train)).float()

        def loss(asked: Any, weights: dict[str, Any], rows: np.ndarray) -> Any:
            return cross_entropy(asked @ weights["weights"].T + weights["offsets"], labels[rows].to(asked.device))

        found, encoder, epoch = finetune(self.options, lambda d: first_scorers(labels.shape[1], d), loss, train, report)
        policy = with_cascades(found, epoch, train, encoded(encoder, train.inputs), self.options)
        return TunedFrugalGPTPolicy(policy, encoder)
