"""What must hold after publish."""

from tasks.check.suite import Check

SUITE: tuple[Check, ...] = ()
