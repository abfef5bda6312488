"""One suite per stage: `SUITE`, a tuple of checks."""
