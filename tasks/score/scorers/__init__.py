"""The built-in scorers: importing this package registers them."""

from tasks.score.scorers import choice, json_answer, math

__all__ = ["choice", "json_answer", "math"]
