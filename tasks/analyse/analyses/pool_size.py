"""How many models there are to choose from."""

from collections.abc import Iterable

from tasks.analyse.analysis import Material, analyses
from tasks.analyse.study import Order, Setting, Study


@analyses.register("pool-size")
def pool_size(material: Material) -> Iterable[Study]:
    """How many models there are to choose from."""
    base, models = material.base, len(material.pool.models)
    orders: tuple[Order, ...] = ("best first", "worst first", "random", "curated")
    settings = [
        Setting(f"{size} models" if size > 1 else "1 model", base, size, order, pool=(order, size))
        for order in orders
        for size in range(1, models + 1)
    ]
    yield Study(
        "pool",
        "Pool size",
        "Models are added one by one, by their accuracy on the bank (never on the questions answered here), in an "
        "order drawn for each seed, or curated: always the one that adds most to what the others solve there. The vote "
        "is fitted anew for every pool.",
        tuple(settings),
        (f"{models} models", "best first"),
        "models in the pool",
    )
