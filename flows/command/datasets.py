"""`concertino datasets`: what is known about benchmarks, and which of them are here."""

import logging
from typing import Any

from flows.command.options import AsJson


def datasets(*, json: AsJson = False) -> None:
    """List every dataset with its size, licence and scorer, and how much of it is in the warehouse.

    A dataset of your own is a file in CONCERTINO_HOME/profiles/datasets and a file of questions.

    Example: concertino datasets --json
    """
    from flows.command import show

    found = known_datasets()
    if json:
        show.as_json(found)
    else:
        columns = ("dataset", "category", "size", "here", "answers", "licence", "scorer")
        show.lines([{name: row[name] for name in columns} for row in found], "datasets")


def known_datasets() -> list[dict[str, Any]]:
    """One row per specification, and per dataset of the warehouse that none covers; `here` counts its questions."""
    from profiles.load import first_match, load_datasets
    from warehouse.connect import rows

    specifications = load_datasets()
    here: dict[str, list[int]] = {}
    for name, n_question, n_answer in rows("dataset_here").iter_rows():
        specification = first_match(name, specifications)
        counts = here.setdefault(specification.match if specification else name, [0, 0])
        counts[0], counts[1] = counts[0] + n_question, counts[1] + n_answer
    listed = {one.match: one.model_dump(exclude={"match", "scorer_options", "task"}) for one in specifications}
    blank: dict[str, Any] = dict.fromkeys(next(iter(listed.values()), {}))
    for fault in filter(None, (one.pop("fault", None) for one in listed.values())):
        logging.getLogger("concertino").warning("%s", fault)
    return [
        {"dataset": name, **listed.get(name, blank), "here": counts[0], "answers": counts[1]}
        for name in [*listed, *(name for name in here if name not in listed)]
        for counts in [here.get(name, [0, 0])]
    ]
