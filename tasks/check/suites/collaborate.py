"""What must hold after collaborate."""

from tasks.check.suite import Check

SUITE: tuple[Check, ...] = ()
