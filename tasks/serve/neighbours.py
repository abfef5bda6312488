"""What the bank knows that is like a text, and what each model got there; no model is asked."""

from dataclasses import asdict, dataclass
from typing import Any

from profiles.embed import quick_embedder
from profiles.index import nearest
from profiles.outcomes import known
from profiles.schema import Pool, RunProfile
from profiles.where import Where
from tasks.serve.bank_state import bank_of
from warehouse.connect import rows


@dataclass(frozen=True, slots=True)
class Known:
    """A question of the bank.

    Args:
        question_id: of the question.
        dataset: that it is of.
        similarity: cosine to the text asked about.
        text: of the question.
        labels: model → what it was worth there, in [0, 1]; None where nobody knows.
    """

    question_id: str
    dataset: str
    similarity: float
    text: str
    labels: dict[str, float | None]

    def to_dict(self) -> dict[str, Any]:
        """As one JSON object."""
        return asdict(self)


def neighbours(run: RunProfile, pool: Pool, text: str, k: int, where: Where) -> list[Known]:
    """The questions most similar to a text, the most similar first, looked up as a live question would be.

    Args:
        run: whose bank, and how it is looked up.
        pool: whose labels.
        text: asked about.
        k: how many at most.
        where: metadata that they have.

    Raises:
        UserError: there is no bank for live use, it is of other models, or no question of it has that metadata.
    """
    embedder = quick_embedder(run.embedder)
    bank = bank_of(run, pool, embedder.name)
    (near,), (cosines,) = nearest(bank, embedder.encode([text]), k, where)
    ids = bank.question_ids[near].tolist()
    texts = dict(rows("question_text", questions=ids).iter_rows())
    labels = [dict(zip(bank.models, map(known, row), strict=True)) for row in bank.labels[near].tolist()]
    found = zip(ids, bank.datasets[near].tolist(), cosines.tolist(), labels, strict=True)
    return [Known(one, dataset, cosine, texts[one], own) for one, dataset, cosine, own in found]
