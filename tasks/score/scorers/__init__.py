"""The built-in scorers: importing this package registers them."""

from tasks.score.scorers import choice, exact, instructions, json_answer, knights, math, open, python_tests

__all__ = ["choice", "exact", "instructions", "json_answer", "knights", "math", "open", "python_tests"]
