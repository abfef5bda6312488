"""Knights and knaves: who always tells the truth, who always lies? Exactly one solution, checked by trying all."""

from collections.abc import Callable, Sequence
from functools import partial
from itertools import product

import numpy as np

from tasks.ingest.synthetic.draft import NAMES, Draft, Kind, between, pick, several

# Whether a claim holds for one assignment (True: knight), by place in the list of people.
_Claim = tuple[str, Callable[[Sequence[bool]], bool]]
_Maker = Callable[[np.random.Generator, list[str], int], _Claim]
_COUNTS = (
    "none of us is a knight",
    "exactly one of us is a knight",
    "exactly two of us are knights",
    "exactly three of us are knights",
    "exactly four of us are knights",
)


def _others(rng: np.random.Generator, people: list[str], speaker: int, n: int) -> list[int]:
    return several(rng, [place for place in range(len(people)) if place != speaker], n)


def _accusation(rng: np.random.Generator, people: list[str], speaker: int) -> _Claim:
    (other,), knight = _others(rng, people, speaker, 1), bool(rng.integers(2))
    return f"{people[other]} is a {'knight' if knight else 'knave'}", lambda kinds: kinds[other] == knight


def _comparison(rng: np.random.Generator, people: list[str], speaker: int) -> _Claim:
    (a, b), same = _others(rng, people, speaker, 2), bool(rng.integers(2))
    words = "the same kind" if same else "of different kinds"
    return f"{people[a]} and {people[b]} are {words}", lambda kinds: (kinds[a] == kinds[b]) == same


def _count(rng: np.random.Generator, people: list[str], speaker: int) -> _Claim:
    n = between(rng, 0, len(people) - 1)
    return _COUNTS[n], lambda kinds: sum(kinds) == n


def _condition(rng: np.random.Generator, people: list[str], speaker: int) -> _Claim:
    a, b = _others(rng, people, speaker, 2)
    first, then = bool(rng.integers(2)), bool(rng.integers(2))
    words = [("knight" if value else "knave") for value in (first, then)]
    text = f"if {people[a]} is a {words[0]}, then {people[b]} is a {words[1]}"
    return text, lambda kinds: kinds[a] != first or kinds[b] == then


def solutions(claims: Sequence[Callable[[Sequence[bool]], bool]]) -> list[tuple[bool, ...]]:
    """All assignments under which each person's claim holds exactly when that person is a knight."""
    worlds = product((True, False), repeat=len(claims))
    return [world for world in worlds if all(claim(world) == kind for claim, kind in zip(claims, world, strict=True))]


def _puzzle(rng: np.random.Generator, topic: str, maker: _Maker) -> Draft:
    """Draws puzzles until one has exactly one solution; every second claim is of the topic's own form."""
    while True:
        people = several(rng, NAMES, between(rng, 3, 5))
        makers = [maker if place % 2 == 0 else pick(rng, list(_FORMS.values())) for place in range(len(people))]
        claims = [make(rng, people, place) for place, make in enumerate(makers)]
        found = solutions([holds for _, holds in claims])
        if len(found) == 1:
            break
    kinds = ["knight" if kind else "knave" for kind in found[0]]
    listed = f"{', '.join(people[:-1])} and {people[-1]}"
    said = "\n".join(f"{name} says: {text}." for name, (text, _) in zip(people, claims, strict=True))
    text = (
        "On an island everyone is either a knight, who always tells the truth, or a knave, who always lies. "
        f"You meet {listed}.\n{said}\nWho is a knight and who is a knave?"
    )
    truth = ", ".join(f"{name} is a {kind}" for name, kind in zip(people, kinds, strict=True))
    return Draft(topic, text, truth, {"people": people})


_FORMS: dict[str, _Maker] = {
    "accusation": _accusation,
    "comparison": _comparison,
    "count": _count,
    "condition": _condition,
}

KIND = Kind(
    "knights",
    {topic: partial(_puzzle, topic=topic, maker=maker) for topic, maker in _FORMS.items()},
    "Reason step by step. Then name everyone in the last line, like `Answer: Ada is a knight, Bo is a knave`.",
    category="logic",
)
