"""Scorers, one a file; each has a line in pyproject.toml."""
