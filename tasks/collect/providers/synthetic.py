"""Simulated models: skills by domain and topic, shared difficulty, popular mistakes, tokens, logprobs and faults.

Deterministic: the same seed, model, question, sample and attempt give the same text. Options of a model stand in the
pool under `litellm_params.simulation`; see `profiles/pools/synthetic.yaml`.
"""

import asyncio
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tasks.collect.cost import estimated_tokens, prompt_tokens
from tasks.collect.providers.draw import logistic, logit, normal, random, uniform
from tasks.collect.providers.mistakes import wrong_answer
from tasks.collect.providers.truths import KnownQuestion, known_question
from tasks.collect.providers.wording import is_right, read_answer, references_of, worded

_PROVIDER = "synthetic"
_SPREAD_QUESTION = 1.0  # of the difficulty that all models share, in logits
_SPREAD_OWN = 0.6  # of what only this model finds hard
_POPULAR = 0.55  # share of wrong answers that fall for the question's popular mistake
_RETRY_AFTER = {"retry-after": "0.01"}
_LOGPROB_TOKENS = 12


@dataclass(frozen=True, slots=True)
class Simulation:
    """Options of a simulated model.

    Args:
        skill: probability of a right answer by `domain` or `domain/topic`, and `default`.
        reasoning_tokens: mean number of tokens it thinks before it writes.
        latency_s: mean seconds per answer.
        faults: share of attempts that end in `rate_limit`, `server`, `timeout` or `garbage`.
        seed: another seed is another world.
        sample_index: which of several answers.
        attempt: from 1.
    """

    skill: Mapping[str, float] = field(default_factory=dict)
    reasoning_tokens: float = 0.0
    latency_s: float = 0.0
    faults: Mapping[str, float] = field(default_factory=dict)
    seed: int = 0
    sample_index: int = 0
    attempt: int = 1

    def skill_in(self, question: KnownQuestion) -> float:
        """The most special skill stated."""
        default = self.skill.get("default", 0.5)
        return self.skill.get(f"{question.domain}/{question.topic}", self.skill.get(question.domain, default))


async def answer(model: str, messages: Sequence[Mapping[str, str]], asked: Mapping[str, Any]) -> Any:
    """What the provider `synthetic/` gives LiteLLM: an answer, or the fault that this attempt is drawn to meet.

    Args:
        model: the name after the slash.
        messages: role and content each.
        asked: parameters; `simulation` holds the options.
    """
    simulation = Simulation(**asked.get("simulation") or {})
    sample = simulation.sample_index if (asked.get("temperature") or 0) > 0 else 0
    question = known_question(messages)
    words = (simulation.seed, model, "\n".join(message["content"] for message in messages), sample)
    if simulation.latency_s:
        await asyncio.sleep(-simulation.latency_s * math.log(uniform("latency", *words)))
    fault = _fault(simulation, words)
    if fault not in (None, "garbage"):
        _raise(str(fault), model)
    text, chance = ("", 0.5) if fault else _answer(simulation, question, model, messages, words)
    logprobs = None
    if asked.get("logprobs"):
        right = question.truth is not None and is_right(question, text)
        logprobs = {"content": _logprobs(text, chance, right, words)}
    thought = round(simulation.reasoning_tokens * (0.5 + uniform("thought", *words)))
    return _response(model, text, prompt_tokens(messages), estimated_tokens(text) + thought, logprobs)


def _answer(
    simulation: Simulation,
    question: KnownQuestion,
    model: str,
    messages: Sequence[Mapping[str, str]],
    words: Sequence[object],
) -> tuple[str, float]:
    """A text and the probability with which it was going to be right."""
    rng = random("words", *words)
    if question.truth is None:
        return worded(question, str(rng.randint(2, 99)), rng), 0.0
    chance = _chance(simulation, question, model)
    references = [text for text in references_of(messages) if read_answer(question, text)]
    share = sum(is_right(question, text) for text in references) / len(references) if references else 0.0
    if references:
        # Reading a right answer helps, the more of them the more; reading only wrong ones misleads.
        chance = chance + (1 - chance) * (0.2 + 0.8 * share) if share else 0.5 * chance
    if uniform("right", *words) < chance:
        return worded(question, question.truth, rng), chance
    misread = [text for text in references if not is_right(question, text)]
    if misread and rng.random() < 0.7:
        given = Counter(read_answer(question, text) for text in misread).most_common(1)[0][0]
        return worded(question, str(given), rng), chance
    popular = uniform("popular", *words) < _POPULAR
    mistake = random("mistake", simulation.seed, question.text) if popular else rng
    return worded(question, wrong_answer(question, mistake), rng), chance


def _chance(simulation: Simulation, question: KnownQuestion, model: str) -> float:
    """Probability of a right answer: skill, minus difficulty; its mean over questions is the skill."""
    shared = _SPREAD_QUESTION * normal("difficulty", simulation.seed, question.text)
    own = _SPREAD_OWN * normal("own", simulation.seed, model, question.text)
    # The mean of a logistic of a normal variable is the logistic of its shrunk mean.
    stretch = math.sqrt(1 + math.pi * (_SPREAD_QUESTION**2 + _SPREAD_OWN**2) / 8)
    return logistic(logit(simulation.skill_in(question)) * stretch - shared - own)


def _fault(simulation: Simulation, words: Sequence[object]) -> str | None:
    draw = uniform("fault", simulation.attempt, *words)
    for kind, share in simulation.faults.items():
        draw -= share
        if draw < 0:
            return kind
    return None


def _raise(kind: str, model: str) -> None:
    from litellm import InternalServerError, RateLimitError, Timeout

    if kind == "rate_limit":
        raise RateLimitError("simulated: too many requests", _PROVIDER, model, headers=_RETRY_AFTER)
    if kind == "timeout":
        raise Timeout("simulated: no answer in time", model, _PROVIDER)
    error = InternalServerError("simulated: internal error", _PROVIDER, model)
    error.headers = _RETRY_AFTER
    raise error


def _response(model: str, text: str, into: int, out: int, logprobs: dict[str, Any] | None) -> Any:
    from litellm import ModelResponse

    message = {"role": "assistant", "content": text}
    choice = {"index": 0, "finish_reason": "stop", "message": message, "logprobs": logprobs}
    usage = {"prompt_tokens": into, "completion_tokens": out, "total_tokens": into + out}
    return ModelResponse(model=model, choices=[choice] if text else [], usage=usage)  # no text: garbage


def _logprobs(text: str, chance: float, right: bool, words: Sequence[object]) -> list[dict[str, Any]]:
    """Token log-probabilities: higher when the answer is right and was likely to be, with much noise."""
    mean = -math.exp(0.55 * normal("confidence", *words) - (1.3 if right else 1.0) - 0.7 * chance)
    rng = random("logprobs", *words)
    tokens = text.split()[-_LOGPROB_TOKENS:]
    return [
        {"token": token, "logprob": mean * (0.5 + rng.random()), "bytes": None, "top_logprobs": []} for token in tokens
    ]
