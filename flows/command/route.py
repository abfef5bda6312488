"""`concertino route`: whom would a fitted router ask?"""

from dataclasses import asdict
from typing import Annotated

from cyclopts import Parameter

from flows.command.options import AsJson, ProfileOfRuns


def route(
    question: Annotated[str, Parameter(help="the question; - reads it from standard input", allow_leading_hyphen=True)],
    *,
    policy: Annotated[
        str, Parameter(help="id of a fitted policy, its beginning, or a router's name (`concertino queries policies`)")
    ],
    point: Annotated[str, Parameter(help="operating point (else the policy's own)")] = "",
    profile: ProfileOfRuns = None,
    json: AsJson = False,
) -> None:
    """Say whom a fitted router would ask a question, and what it predicts of each model; no model is asked.

    `concertino serve` answers through it: model `concertino/POLICY_ID`.

    Example: concertino route "What is 17 * 23?" --policy knn
    """
    import flows.environment  # noqa: F401  (before an embedder is imported)
    from flows.command import show
    from flows.command.live import read_question
    from flows.command.show_live import print_advice
    from profiles.embed import quick_embedder
    from tasks.route.contract import Inputs
    from tasks.route.use import advise, policy_id_of, usable_policy

    text = read_question(question, "route")
    usable = usable_policy(policy_id_of(policy, profile))
    vectors = quick_embedder(usable.embedder).encode([text])
    found = advise(usable, Inputs([text], vectors), usable.point(point))
    told = {"policy": usable.policy_id, "router": usable.router, "point": point, "model": found[0].model}
    if json:
        show.as_json(told | {"models": [asdict(one) for one in found]})
    else:
        print_advice(found)
        show.facts({name: value for name, value in told.items() if value})
