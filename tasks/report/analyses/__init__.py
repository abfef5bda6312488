"""Analyses of an evaluated run, one a file."""
