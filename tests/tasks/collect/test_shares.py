"""What is handed out to several workers stays within one budget and one set of limits."""

import pytest

from profiles.schema import Pool
from tasks.collect.progress import Tally
from tasks.collect.shares import Outcome, Share, Shares
from tasks.stopping import Stopped
from warehouse.errors import BudgetExceeded


def shares_of(n: int, workers: int | None, **more: object) -> Shares[str]:
    model = {"model_name": "m", "litellm_params": {"model": "openai/m", "rpm": 60, "max_parallel_requests": 6}}
    pool = Pool.model_validate({"name": "p", "model_list": [model]})
    shares: Shares[str] = Shares(Share("run", pool, **{"budget_usd": 1.0, **more}), Tally(), workers)  # type: ignore[arg-type]
    shares.put(f"chunk {i}" for i in range(n))
    return shares


def taken(shares: Shares[str]) -> tuple[str, Share]:
    found = shares.take()
    assert found is not None
    return found


def done(spent_usd: float = 0.0, ended: Exception | None = None) -> Outcome:
    return Outcome(Tally(answered=1), spent_usd, ended)  # type: ignore[arg-type]


def usd(share: Share) -> float:
    return pytest.approx(share.budget_usd - share.spent_usd)  # type: ignore[no-any-return]


@pytest.mark.usefixtures("home")
def test_without_workers_everything_is_one_chunk_with_all_limits() -> None:
    shares = shares_of(1, None, spent_usd=0.25)
    work, only = taken(shares)
    limits = only.pool.model_list[0].litellm_params
    assert (work, usd(only), limits["rpm"], only.burst) == ("chunk 0", 0.75, 60, True)
    assert shares.take() is None
    assert shares_of(0, None).take() is None


@pytest.mark.usefixtures("home")
def test_chunks_at_a_time_have_their_part_of_everything_and_each_is_handed_out_once() -> None:
    shares = shares_of(7, 3, concurrency=9)
    out = [taken(shares) for _ in range(3)]
    for _, share in out:
        limits = share.pool.model_list[0].litellm_params
        assert (usd(share), share.concurrency, limits["rpm"], limits["max_parallel_requests"]) == (1 / 3, 3, 20, 2)
    assert shares.take() is None
    assert len({share.chunk_id for _, share in out}) == 3, "what one spent is not another's"
    seen = [out[0][0]]
    shares.back(out[0][1], done(0.1), out[0][0])
    out[0] = taken(shares)
    assert usd(out[0][1]) == 1 - 2 / 3 - 0.1
    while out:
        work, share = out.pop()
        seen.append(work)
        shares.back(share, done(), work)
        out += [more] if (more := shares.take()) else []
    assert (shares.tally.answered, sorted(seen), shares.ended) == (7, [f"chunk {i}" for i in range(7)], None)
    shares.put(["and then"])
    assert (shares.n, usd(taken(shares)[1])) == (1, 0.9), "a lone chunk has everything"


@pytest.mark.usefixtures("home")
def test_what_a_share_was_too_small_for_is_asked_alone_with_all_that_is_left() -> None:
    shares = shares_of(2, 2)
    (_, first), (_, second) = taken(shares), taken(shares)
    poor = BudgetExceeded("used up")
    shares.back(first, done(0.5, poor), "rest of the first")
    assert shares.take() is None, "another is out with half of the money"
    shares.back(second, done(0.2, poor), "rest of the second")
    work, alone = taken(shares)
    assert (work, usd(alone), alone.concurrency) == ("rest of the second", 0.3, 32)
    assert shares.ended is None
    shares.back(alone, done(0.3, poor), "nothing")
    assert shares.ended is poor
    assert shares.take() is None


@pytest.mark.usefixtures("home")
def test_after_a_signal_nothing_more_is_handed_out() -> None:
    shares = shares_of(5, 2)
    (_, first), (_, second) = taken(shares), taken(shares)
    shares.back(first, done(0.0, Stopped("stopped")), "rest")  # type: ignore[arg-type]
    assert shares.take() is None
    shares.back(second, done(), "nothing")
    assert isinstance(shares.ended, Stopped)
