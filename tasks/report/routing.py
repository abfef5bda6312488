"""Does routing help? One page over all profiles that were evaluated here, with a plain sentence for each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from profiles.readable import points
from tasks.measure.comparison import Comparison
from tasks.measure.result import CONTROLS, RunResult, SystemResult, load_result
from tasks.report.html import css, template
from tasks.route.chosen import chosen_of
from warehouse.connect import connection, rows

PAGE = "routing.html"
_OURS = "concertino"


@dataclass(frozen=True, slots=True)
class Gain:
    """A router against the best single model.

    Args:
        line: of the router.
        pair: the two of them.
        costs: its cost over that model's, None where any is unknown.
        peeked: whether its epoch was chosen on the test part.
    """

    line: SystemResult
    pair: Comparison
    costs: float | None
    peeked: bool


@dataclass(frozen=True, slots=True)
class Routed:
    """A profile's newest evaluated run.

    Args:
        result: what was measured.
        best: its best single model; None: it was not measured.
        gains: its routers, best first, controls last.
        named: the router that the sentence is of: ours where it ran, else the best on these very questions, of those
            that were chosen on others where there is one.
    """

    result: RunResult
    best: SystemResult | None
    gains: tuple[Gain, ...]
    named: Gain | None

    @property
    def finding(self) -> str:
        """better, worse, negligible or unproven; empty where no router was compared."""
        return (self.named.pair.finding or "") if self.named else ""

    @property
    def sentence(self) -> str:
        """Whether routing helps here, and at what cost."""
        if self.named is None or self.named.pair.difference is None:
            return "No router was compared with the best single model."
        pair = self.named.pair
        gap = f"{points(pair.difference)} points [{points(pair.ci_low)}, {points(pair.ci_high)}]"
        if (pair.won, pair.lost) == (0, 0):
            gap = "it scores as the best single model does on every question"
        said = {
            "better": f"Routing helps by {gap}",
            "worse": f"Routing is worse than the best single model by {gap}",
            "negligible": f"Routing changes too little to matter: {gap}",
        }.get(self.finding, f"Routing is not shown to help: {gap}")
        chosen = "" if self.named.line.name == _OURS else ", the best of the routers on these very questions"
        chosen = ", its epoch chosen on these very questions" if self.named.peeked else chosen
        costs = "" if self.named.costs is None else f", at {100 * self.named.costs:.0f} % of the best model's cost"
        return f"{said} ({self.named.line.system}{chosen}){costs}."


def routed_of(result: RunResult, chosen: Mapping[str, str]) -> Routed:
    """What a run says about routing.

    Args:
        result: what was measured.
        chosen: system → the part of the split that it was chosen on, where that is known.
    """
    best = result.system("best-single")
    pairs = {pair.system: pair for pair in result.comparisons if pair.baseline == "best-single"}
    lines = [line for line in result.lines if line.system in pairs and line.kind == "router" and result.ranked(line)]
    lines += [line for line in result.lines if line.system in pairs and line.system in CONTROLS]
    gains = tuple(
        Gain(line, pairs[line.system], _costs(line, best), chosen.get(line.system) == "test")
        for line in dict.fromkeys(lines)
    )
    own = sorted((one for one in gains if one.line.system not in CONTROLS), key=lambda one: one.peeked)
    named = next((one for one in own if one.line.name == _OURS), next(iter(own), None))
    return Routed(result, best, gains, named)


def _costs(line: SystemResult, best: SystemResult | None) -> float | None:
    if best is None or not best.cost_usd or line.cost_usd is None:
        return None
    known = line.n_cost >= line.n and best.n_cost >= best.n  # else their costs are of different questions
    return line.cost_usd / best.cost_usd if known else None


@connection("reading results")  # opened once for what it reads
def routed_here(run_id: str) -> tuple[Routed, ...]:
    """Every profile's newest evaluated run, real ones first; of the one that `run_id` is of, that."""
    found = rows("evaluated_profile", run=run_id)["run_id"].to_list()
    here = (routed_of(one, chosen_of(one.run_id, one.lines)) for one in map(load_result, found))
    return tuple(sorted(here, key=lambda one: one.result.synthetic))


def render_routing(here: Sequence[Routed], created: datetime) -> str:
    """The page as HTML; same arguments, same bytes."""
    return template("routing.html.j2").render(here=here, css=css(), created=created, scale=_scale(here))


def _scale(here: Sequence[Routed]) -> dict[str, float]:
    """Ends of the axis that gains are drawn on; no gain is the line on it."""
    pairs = [one.pair for routed in here for one in routed.gains]
    ends = [abs(end) for pair in pairs for end in (pair.ci_low, pair.ci_high) if end is not None]
    widest = max([0.01, *ends])
    return {"low": -widest, "high": widest, "reference": 0.0}
