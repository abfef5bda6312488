"""Which variants (split names) of a dataset are taken: an explicit choice, never a silent merge."""

from collections.abc import Iterable, Sequence

from warehouse.errors import UserError


def choose(found: Iterable[tuple[str, str]], wanted: Sequence[str], *, refuse_clash: bool) -> set[tuple[str, str]]:
    """The (dataset, variant) pairs to take.

    Args:
        found: the pairs there are.
        wanted: variants such as `test_3000`, for all datasets, or `mmlupro/test_3000`, which decides for that
            dataset alone; empty: all.
        refuse_clash: whether several variants of one dataset need an explicit choice. The reference merges them by
            prompt text (LLMRouterBench reference, section 1.6).

    Raises:
        UserError: several variants and none chosen, or a wanted one that does not exist; the message lists them.
    """
    variants: dict[str, set[str]] = {}
    for dataset, variant in found:
        variants.setdefault(dataset, set()).add(variant)
    _check_exist(variants, wanted)
    general = {name for name in wanted if "/" not in name}
    chosen: set[tuple[str, str]] = set()
    clashes: list[str] = []
    for dataset, there in sorted(variants.items()):
        own = {variant for variant in there if f"{dataset}/{variant}" in wanted}
        taken = own or ({variant for variant in there if variant in general} if general else there)
        if refuse_clash and len(taken) > 1 and not own and not general:
            clashes.append(f"{dataset} has {', '.join(sorted(there))}")
        chosen |= {(dataset, variant) for variant in taken}
    if clashes:
        raise UserError(
            f"several variants of one dataset ({'; '.join(clashes)}); choose with variants, "
            "such as test_3000 for all datasets or mmlupro/test_3000 for one"
        )
    return chosen


def _check_exist(variants: dict[str, set[str]], wanted: Sequence[str]) -> None:
    known = {variant for there in variants.values() for variant in there}
    known |= {f"{dataset}/{variant}" for dataset, there in variants.items() for variant in there}
    for name in wanted if variants else ():
        if name not in known:
            listed = "; ".join(f"{dataset}: {', '.join(sorted(there))}" for dataset, there in sorted(variants.items()))
            raise UserError(f"no dataset has the variant '{name}'; there are {listed}")
