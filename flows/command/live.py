"""Commands for live use: ask a question, see what is like it, serve an OpenAI-compatible endpoint, label answers."""

import asyncio
import math
import os
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import Parameter

from flows.command.flow import print_counts
from flows.command.options import WHOLE, AsJson, PoolName, Profile
from warehouse.errors import UserError

if TYPE_CHECKING:
    from tasks.serve.answer import LiveAnswer
    from tasks.serve.conversation import ChatRequest
    from tasks.serve.session import Session

_MAX_COST_USD = 1.0
Cost = Annotated[
    float | None,
    Parameter(
        help="what the calls for one question may cost, in US dollars, default 1; where it is given, models of unknown "
        "price are refused (unless the pool or the profile says unpriced: allow)"
    ),
]
Deadline = Annotated[float, Parameter(help="seconds that the models have for one question")]


def ask(
    question: Annotated[str, Parameter(help="the question; - reads it from standard input", allow_leading_hyphen=True)],
    *,
    preset: Annotated[str, Parameter(help="way to collaborate, or the id of a fitted router's policy")] = "smcs",
    profile: Profile = "demo",
    pool: PoolName = None,
    max_cost: Cost = None,
    deadline: Deadline = 120.0,
    system: Annotated[str | None, Parameter(help="system prompt")] = None,
    explain: Annotated[bool, Parameter(help="say how the answer came about")] = False,
    json: AsJson = False,
) -> None:
    """Ask the models that the question bank says are best, and print their joint answer.

    Example: concertino ask "What is 17 * 23?" --explain
    """
    from flows.command.show_live import print_answer
    from tasks.route.use import is_policy_id, usable_policy
    from tasks.serve.conversation import ChatRequest
    from tasks.serve.session import preset_of

    usable_policy(preset) if is_policy_id(preset) else preset_of(preset)
    most_usd = _MAX_COST_USD if max_cost is None else max_cost
    _positive(max_cost=most_usd, deadline=deadline)
    messages = [{"role": "user", "content": read_question(question, "ask")}]
    if system:
        messages.insert(0, {"role": "system", "content": system})
    session = _open("ask", profile, pool, max_cost)
    asked = ChatRequest(tuple(messages), preset, most_usd, deadline)
    asyncio.run(_answer(session, asked, lambda answer: print_answer(answer, explain=explain, as_json=json)))


def neighbours(
    text: Annotated[str, Parameter(help="the question; - reads it from standard input", allow_leading_hyphen=True)],
    *,
    k: Annotated[int, WHOLE, Parameter(name=["-k", "--k"], help="how many are shown")] = 5,
    where: Annotated[
        list[str] | None,
        Parameter(help="only questions with this metadata: dataset=, variant=, category= or source=; may be repeated"),
    ] = None,
    profile: Profile = "demo",
    pool: PoolName = None,
    json: AsJson = False,
) -> None:
    """Show the bank's questions that are most similar to yours, and what each model got there; no model is asked.

    Example: concertino neighbours "What is 17 * 23?" -k 8 --where dataset=synthetic-arithmetic
    """
    import flows.environment  # noqa: F401  (before Chroma is imported)
    from flows.command import show
    from flows.command.show_live import print_neighbours
    from profiles.load import load_pool, load_run
    from profiles.where import parse_where
    from tasks.serve.neighbours import neighbours

    _positive(k=k)
    run, text = load_run(profile), read_question(text, "neighbours")
    found = neighbours(run, load_pool(pool or run.pool), text, k, parse_where(where or ()))
    show.as_json([one.to_dict() for one in found]) if json else print_neighbours(found)


def serve(
    *,
    profile: Profile = "demo",
    pool: PoolName = None,
    host: Annotated[str, Parameter(help="address to serve on; others than this machine's need CONCERTINO_API_KEY")] = (
        "127.0.0.1"
    ),
    port: Annotated[int, WHOLE, Parameter(help="port to serve on")] = 8000,
    max_cost: Cost = None,
    deadline: Deadline = 120.0,
    concurrency: Annotated[int, WHOLE, Parameter(help="requests answered at the same time")] = 8,
) -> None:
    """Serve an OpenAI-compatible endpoint whose models are concertino/PRESET; Ctrl-C stops it.

    Example: CONCERTINO_API_KEY=... concertino serve --host 0.0.0.0 --pool mine.yaml
    """
    from flows.command import show
    from tasks.serve.api import Limits, keys_of, refuse_open
    from tasks.serve.server import bind, run_server

    most_usd = _MAX_COST_USD if max_cost is None else max_cost
    _positive(max_cost=most_usd, deadline=deadline, concurrency=concurrency)
    if not 0 <= port < 65536:
        raise UserError(f"--port has to be between 0 and 65535, not {port}")
    keys = keys_of(os.environ.get("CONCERTINO_API_KEY"))
    refuse_open(host, keys)
    listener = bind(host, port)
    address = f"http://{host}:{listener.getsockname()[1]}/v1"
    show.err.print(
        f"OpenAI-compatible at {address}, models concertino/<preset>; loading ...", markup=False, soft_wrap=True
    )
    if not keys:
        show.err.print("CONCERTINO_API_KEY is not set: only programs on this machine are answered", soft_wrap=True)

    def opened() -> "Session":
        session = _open("serve", profile, pool, max_cost, concurrency)
        show.err.print("ready")
        return session

    run_server(listener, opened, Limits(max_cost_usd=most_usd, deadline_s=deadline, requests=concurrency), keys)


def label(
    key: Annotated[
        str | None, Parameter(help="id of the answer (x-concertino-collaboration) or of its question")
    ] = None,
    said: Annotated[Literal["right", "wrong"] | None, Parameter(help="of the answer")] = None,
    *,
    truth: Annotated[str | None, Parameter(help="the right answer, to which every model's is compared")] = None,
    note: Annotated[str | None, Parameter(help="kept with the labels")] = None,
    list_: Annotated[bool, Parameter(name="--list", help="show the answers that wait for a label")] = False,
    json: AsJson = False,
) -> None:
    """Say whether a live answer was right; the next `concertino bank` takes it into the question bank.

    Example: concertino label 3f2a9c01d4e5b6a7c8d9 --truth 391
    """
    from flows.command import show
    from flows.command.show_live import waiting
    from tasks.serve.label import label_answer, waiting_answers

    if list_:
        found = waiting_answers()
        show.as_json(found.to_dicts()) if json else waiting(found)
        return
    if key is None or (said is None) == (truth is None):
        raise UserError(
            "give an answer's id and either right, wrong or --truth; `concertino label --list` shows the ids"
        )
    print_counts(label_answer(key.removeprefix("chatcmpl-"), said, truth, note), json)
    if not json:
        show.err.print("1 means right, 0 wrong; the next `concertino bank` takes these labels into the question bank")


def read_question(given: str, command: str) -> str:
    """The question, from the argument or standard input.

    Raises:
        UserError: there is none.
    """
    text = sys.stdin.read().strip() if given == "-" else given.strip()
    if text.startswith("--"):
        raise UserError(f"there is no option {text.split()[0]}; see `concertino {command} --help`")
    if not text:
        raise UserError("there is no question; give it as an argument, or - and on standard input")
    return text


def _positive(**options: float) -> None:
    for name, value in options.items():
        if not 0 < value < math.inf:
            raise UserError(f"--{name.replace('_', '-')} has to be a number above 0, not {value}")


def _open(kind: str, profile: str, pool: str | None, max_cost: float | None, questions: int = 1) -> "Session":
    import flows.environment  # noqa: F401  (before LiteLLM is imported)
    from profiles.load import load_pool, load_run
    from tasks.collect.pricing import with_unpriced
    from tasks.collect.secrets import blocks_of
    from tasks.serve.session import Session

    run = load_run(profile)
    members = with_unpriced(load_pool(pool or run.pool), run, max_cost)
    secrets = {}
    if blocks := blocks_of(members):
        from tasks.recorded.task import secret_blocks

        secrets = secret_blocks(blocks)
    return Session(run, members, kind, secrets, questions)


async def _answer(session: "Session", asked: "ChatRequest", told: "Callable[[LiveAnswer], None]") -> None:
    """Answer one question and tell it at once; the session's end may have to wait for late calls."""
    message: str | None = "stopped"
    try:
        told(await session.answer(asked))
        message = None
    except Exception as error:
        message = str(error)[:500]
        raise
    finally:
        await session.close(message)
