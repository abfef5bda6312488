"""What must hold after collect."""

from tasks.check.suite import Check

SUITE: tuple[Check, ...] = ()
