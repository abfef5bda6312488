"""What must hold after evaluate."""

from tasks.check.suite import Check

SUITE: tuple[Check, ...] = ()
