"""Ask for candidates: requests out, judged answers back, every call counted on its episode."""

from collections.abc import Sequence
from typing import NamedTuple

from tasks.collaborate.answer import Candidate
from tasks.collaborate.episode import Episode
from tasks.collaborate.services import NOT_ASKED, Services
from tasks.collect.record import Answer, Request
from warehouse.errors import ProviderError

_MAYBE_BILLED = {"timeout", "garbage", "content_filter"}  # what such a call cost is on the ledger, if anywhere


class CandidateRequest(NamedTuple):
    """A candidate to ask for.

    Args:
        episode: whose question it answers.
        request: what is asked.
        made_from: models whose words stand in the prompt; of a first answer, the model itself.
    """

    episode: Episode
    request: Request
    made_from: tuple[str, ...]


class CandidateReply(NamedTuple):
    """A candidate and the answer it came in."""

    candidate: Candidate
    answer: Answer


async def ask(wanted: Sequence[CandidateRequest], services: Services) -> list[CandidateReply | None]:
    """Candidates in the order of the requests; None where no answer came."""
    answers = await services.ask([one.request for one in wanted])
    came = [answer for answer in answers if isinstance(answer, Answer)]
    verdicts = dict(zip((answer.response_id for answer in came), services.judge(came), strict=True))
    told: list[CandidateReply | None] = []
    for one, answer in zip(wanted, answers, strict=True):
        if isinstance(answer, ProviderError):
            if answer.kind != NOT_ASKED:
                one.episode.paid(None if answer.kind in _MAYBE_BILLED else 0.0)
            told.append(None)
            continue
        verdict = verdicts[answer.response_id]
        one.episode.paid(answer.cost_usd)
        candidate = Candidate(
            answer.response_id, answer.model, verdict.extracted, one.made_from, answer.cost_usd, verdict.score
        )
        told.append(CandidateReply(candidate, answer))
    return told
