"""HybridLLM (LLMRouterBench reference, section 5.7) with its encoder learned: does the small model suffice?

Faithful: the encoder is fine-tuned with a head on it, by cross-entropy on the labels of `hybridllm-frozen`; questions
are cut to 128 tokens; the likelier class is followed. Different: the encoder is any sentence-transformers model (MiniLM
unless another is named; published: a 7B one), with its own pooling; the head, without dropout, has one output in the
place of two and a step size of its own; the optimiser is AdamW without warm-up, and the epoch is chosen on validation.
Slow without a GPU: some questions a second (docs/performance.md has times). On routerbench-slices it sends, as
`hybridllm-frozen` does, every question to the weak model, which suffices more often than not.
"""

from typing import Any

import numpy as np

from tasks.route.contract import Progress, Router, Train
from tasks.route.finetune import TunedPolicy, TuneOptions, encoded, finetune
from tasks.route.registry import routers
from tasks.route.routers.hybridllm_frozen import HybridLLMPolicy, SufficesOptions, pair_and_labels, with_thresholds
from tasks.route.train import cross_entropy


class TunedHybridLLMPolicy(TunedPolicy):
    """When the weak model suffices, told from vectors learned for it."""

    kind = HybridLLMPolicy


class TunedHybridLLMOptions(SufficesOptions, TuneOptions):
    """Values of experience: no search was made."""


@routers.register("hybridllm")
class TunedHybridLLM(Router[TunedHybridLLMOptions]):
    """An encoder that tells easy questions from hard ones."""

    Options = TunedHybridLLMOptions
    policy = TunedHybridLLMPolicy

    def fit(self, train: Train, report: Progress) -> TunedHybridLLMPolicy:
        """Encoder and head of the epoch with the least cross-entropy on what is held out."""
        import torch

        pair, told = pair_and_labels(train, self.options)
        labels = torch.from_numpy(told).float()

        def loss(asked: Any, weights: dict[str, Any], rows: np.ndarray) -> Any:
            return cross_entropy(asked @ weights["weights"] + weights["offset"], labels[rows].to(asked.device))

        def start(d: int) -> dict[str, np.ndarray]:
            return {"weights": np.zeros(d), "offset": np.zeros(1)}

        found, encoder, epoch = finetune(self.options, start, loss, train, report)
        return TunedHybridLLMPolicy(with_thresholds(found, pair, epoch, train, encoded(encoder, train.inputs)), encoder)
