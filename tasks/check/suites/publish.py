"""What must hold after publish: the copy is complete."""

from tasks.check.suite import Check, between
from warehouse.published import published_counts

SUITE = (
    Check(
        "published copy",
        published_counts,
        (between("every table has as many rows as its source", "n_missing", 0, 0),),
    ),
)
