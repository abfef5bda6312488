"""Routers that learn their encoder, too: any sentence-transformers model, on a GPU where there is one.

All in float32: half precision would save time alone, and on an H100 (torch 2.11, MiniLM, 4 epochs of 2,465 questions)
a fit takes 17 to 19 seconds. There, ten steps predict the same as on its CPU to 1e-7, dropout aside, and twice the same
with one seed to the bit.
"""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, NamedTuple, Self

import numpy as np
from pydantic import Field

from profiles.encoder import best_device, encode, load_encoder
from tasks.measure.settle import Decision
from tasks.route.contract import Inputs, Point, Policy, Prediction, Progress, Train
from tasks.route.train import Trained, TrainOptions, held_out, refuse_astray

_WITHIN, _ENCODER = "within", "encoder"

TunedLoss = Callable[[Any, dict[str, Any], np.ndarray], Any]
"""(B, D) unit vectors of questions, weights as tensors, (B,) positions of these questions → mean loss, a scalar."""


class TuneOptions(TrainOptions):
    """How the encoder and what stands on it are learned: AdamW, the best epoch on validation kept."""

    encoder: str = Field("minilm", description="sentence-transformers model, by name or folder, to begin with")
    max_tokens: int = Field(128, ge=8, description="longer questions are cut")
    epochs: int = Field(4, ge=1, description="at most; the weights of the epoch with the least held-out loss are kept")
    patience: int = Field(2, ge=1, description="epochs without a smaller held-out loss after which learning ends")
    batch: int = Field(32, ge=1, description="questions a step learns from")
    rate: float = Field(0.00005, gt=0, description="step size for the encoder")
    head_rate: float = Field(0.001, gt=0, description="step size for what stands on it")
    decay: float = Field(0.01, ge=0, description="weight decay")


class Tuned(NamedTuple):
    """Weights by name, float32; the encoder, on the CPU; and the epoch that both are of."""

    weights: dict[str, np.ndarray]
    encoder: Any
    epoch: int


class TunedPolicy(Policy):
    """A policy on vectors of an encoder of its own.

    Attributes:
        kind: of the policy within.
    """

    kind: ClassVar[type[Policy]]

    def __init__(self, within: Policy, encoder: Any) -> None:
        self.within = within
        self.encoder = encoder

    @property
    def parameters(self) -> dict[str, Any]:
        """Those of the policy within."""
        return self.within.parameters

    @property
    def points(self) -> tuple[Point, ...]:
        """Those of the policy within."""
        return self.within.points

    def predict(self, inputs: Inputs) -> Prediction:
        """As of the policy within, from the texts alone."""
        return self.within.predict(encoded(self.encoder, inputs))

    def decide(self, prediction: Prediction, point: Point) -> Decision:
        """As the policy within."""
        return self.within.decide(prediction, point)

    def save(self, folder: Path) -> None:
        """The policy within and the encoder, each in a folder of its own."""
        (folder / _WITHIN).mkdir()
        self.within.save(folder / _WITHIN)
        self.encoder.save_pretrained(str(folder / _ENCODER), create_model_card=False)

    @classmethod
    def load(cls, folder: Path) -> Self:
        """What `save` kept."""
        return cls(cls.kind.load(folder / _WITHIN), load_encoder("of the policy", folder / _ENCODER))


def encoded(encoder: Any, inputs: Inputs) -> Inputs:
    """The same questions with the encoder's vectors."""
    return Inputs(inputs.texts, encode(encoder, inputs.texts), inputs.said)


def finetune(
    options: TuneOptions,
    start: Callable[[int], Mapping[str, np.ndarray]],
    loss: TunedLoss,
    train: Train,
    report: Progress,
) -> Tuned:
    """Learn an encoder with what stands on it, and keep those of the epoch with the least held-out loss.

    Args:
        options: which encoder, how long and how fast.
        start: first weights by name, for vectors of so many dimensions.
        loss: see `TunedLoss`.
        train: whose texts are learned from, and whose seed draws; where too few are there to hold any out, the last
            epoch is kept.
        report: is told the epochs done.

    Raises:
        UserError: the encoder cannot be loaded; and as of `refuse_astray`.
    """
    import torch

    device = best_device()
    encoder = load_encoder(options.encoder, max_tokens=options.max_tokens).to(device)
    first = start(int(encoder.get_embedding_dimension()))
    with torch.random.fork_rng():
        torch.manual_seed(train.seed)  # dropout draws from it
        weights = {n: torch.tensor(w, dtype=torch.float32, device=device, requires_grad=True) for n, w in first.items()}
        epoch = _descend(encoder, weights, loss, train, options, report)
    kept = {name: one.detach().cpu().numpy() for name, one in weights.items()}
    refuse_astray(Trained(kept, epoch))
    encoder.zero_grad()
    return Tuned(kept, encoder.to("cpu").eval(), epoch)


def _descend(
    encoder: Any, weights: dict[str, Any], loss: TunedLoss, train: Train, options: TuneOptions, report: Progress
) -> int:
    """Change encoder and weights to those of the best epoch, which is returned."""
    import torch

    groups = [
        {"params": list(encoder.parameters()), "lr": options.rate},
        {"params": list(weights.values()), "lr": options.head_rate},
    ]
    adam, held = torch.optim.AdamW(groups, weight_decay=options.decay), held_out(train)
    learned, checked = np.flatnonzero(~held), np.flatnonzero(held)
    generator, best, least, kept = np.random.default_rng(train.seed), 0, np.inf, _copy(encoder, weights)
    for epoch in range(1, options.epochs + 1):
        encoder.train()
        for rows in _batches(generator.permutation(learned), options.batch):
            adam.zero_grad()
            loss(_vectors(encoder, train.inputs.texts, rows), weights, rows).backward()
            adam.step()
        encoder.eval()
        with torch.no_grad():
            now = -float(epoch)
            if len(checked):
                each = [
                    len(rows) * float(loss(_vectors(encoder, train.inputs.texts, rows), weights, rows))
                    for rows in _batches(checked, options.batch)
                ]
                now = sum(each) / len(checked)
        report(epoch, options.epochs)
        if now < least:
            best, least, kept = epoch, now, _copy(encoder, weights)
        if epoch - best >= options.patience:
            break
    encoder.load_state_dict(kept[0])
    with torch.no_grad():
        for name, one in kept[1].items():
            weights[name].copy_(one)
    return best


def _vectors(encoder: Any, texts: Sequence[str], rows: np.ndarray) -> Any:
    """(B, D) unit vectors of texts, through which learning goes back."""
    from torch.nn.functional import normalize

    told = encoder.preprocess([texts[at] for at in rows])
    moved = {name: one.to(encoder.device) if hasattr(one, "to") else one for name, one in told.items()}
    return normalize(encoder(moved)["sentence_embedding"])


def _batches(rows: np.ndarray, size: int) -> list[np.ndarray]:
    return [rows[at : at + size] for at in range(0, len(rows), size)]


def _copy(encoder: Any, weights: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    state = {name: one.detach().clone() for name, one in encoder.state_dict().items()}
    return state, {name: one.detach().clone() for name, one in weights.items()}
