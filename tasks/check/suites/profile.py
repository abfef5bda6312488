"""What must hold after profile."""

from tasks.check.suite import Check

SUITE: tuple[Check, ...] = ()
