"""What must hold after score."""

from tasks.check.suite import Check

SUITE: tuple[Check, ...] = ()
