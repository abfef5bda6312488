import asyncio
import time

from profiles.schema import Pool
from tasks.collect.limits import Limits, endpoint_of, most_shares, shared_out


def pool(*parameters: dict[str, object], **more: object) -> Pool:
    listed = [{"model_name": f"m{i}", "litellm_params": given} for i, given in enumerate(parameters)]
    return Pool.model_validate({"name": "p", "model_list": listed, **more})


async def most_at_once(limits: Limits, *models: str) -> int:
    inside = most = 0

    async def one(model: str) -> None:
        nonlocal inside, most
        async with limits.slot(model):
            inside += 1
            most = max(most, inside)
            await asyncio.sleep(0.01)
            inside -= 1

    await asyncio.gather(*(one(model) for model in models * 10))
    return most


def test_the_unit_is_the_server_or_else_the_provider() -> None:
    given = pool({"model": "openai/a"}, {"model": "openai/a", "api_base": "http://x"}, {"model": "openai/b"})
    assert [endpoint_of(model) for model in given.model_list] == ["openai", "http://x", "openai"]


def test_models_of_a_provider_share_its_places_and_others_do_not() -> None:
    same = pool({"model": "openai/a"}, {"model": "openai/b"})
    two = pool({"model": "openai/a"}, {"model": "anthropic/b"})
    assert asyncio.run(most_at_once(Limits(same, 3), "m0", "m1")) == 3
    assert asyncio.run(most_at_once(Limits(two, 3), "m0", "m1")) == 6


def test_a_pool_may_name_limits_by_provider_or_server() -> None:
    limited = pool(
        {"model": "openai/a"},
        {"model": "openai/b", "api_base": "http://x"},
        provider_limits={"openai": {"concurrency": 2}, "http://x": {"concurrency": 4}},
    )
    assert asyncio.run(most_at_once(Limits(limited, 9), "m0")) == 2
    assert asyncio.run(most_at_once(Limits(limited, 9), "m1")) == 4


def test_a_slow_model_does_not_hold_places_of_the_others() -> None:
    limits = Limits(pool({"model": "openai/slow", "rpm": 1}, {"model": "openai/quick"}), 2)

    async def run() -> float:
        async def one(model: str) -> None:
            async with limits.slot(model):
                await asyncio.sleep(0.001)

        waiting = [asyncio.create_task(one("m0")) for _ in range(5)]
        await asyncio.sleep(0)
        started = time.perf_counter()
        await asyncio.gather(*(one("m1") for _ in range(20)))
        for task in waiting:
            task.cancel()
        return time.perf_counter() - started

    assert asyncio.run(run()) < 30, "a minute for each of those that wait"


def test_requests_per_minute_begin_with_a_short_burst() -> None:
    limits = Limits(pool({"model": "openai/a", "rpm": 120}), 64)

    async def run() -> list[float]:
        started, times = time.perf_counter(), []
        for _ in range(22):
            async with limits.slot("m0"):
                times.append(time.perf_counter() - started)
        return times

    times = asyncio.run(run())
    assert times[19] < 5  # a sixth of a minute's requests; at two a second the twentieth comes after 9.5 s
    assert times[21] > 0.8  # then two a second


def test_shares_together_keep_within_the_limits() -> None:
    whole = pool(
        {"model": "openai/a", "rpm": 60, "max_parallel_requests": 5},
        {"model": "openai/b", "temperature": 0.1},
        provider_limits={"openai": {"rpm": 120, "concurrency": 7}},
    )
    assert most_shares(whole, 9) == 5
    part, concurrency = shared_out(whole, 9, 2)
    a, b = (model.litellm_params for model in part.model_list)
    assert (a["rpm"], a["max_parallel_requests"], b, concurrency) == (30, 2, whole.model_list[1].litellm_params, 4)
    assert (part.model_extra or {})["provider_limits"] == {"openai": {"rpm": 60, "concurrency": 3}}
    assert whole.model_list[0].litellm_params["rpm"] == 60
    assert asyncio.run(most_at_once(Limits(part, concurrency), "m0")) == 2


def test_what_cannot_be_shared_out_is_one_clients() -> None:
    assert most_shares(pool({"model": "openai/a"}), 1) == 1
    assert most_shares(pool({"model": "openai/a", "rpm": 5}), 32) == 1
    assert most_shares(pool({"model": "openai/a"}, provider_limits={"openai": {"concurrency": 2}}), 32) == 2


def test_a_share_of_the_requests_per_minute_has_no_burst() -> None:
    async def waits() -> bool:
        limits = Limits(pool({"model": "openai/a", "rpm": 600}), 32, burst=False)
        times = []
        for _ in range(4):
            async with limits.slot("m0"):
                times.append(time.monotonic())
        return times[3] - times[0] > 0.25

    assert asyncio.run(waits())
