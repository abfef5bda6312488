"""The sandbox's process that holds the program."""

from tasks.score.sandbox.child import normal_form


def test_the_normal_form_keeps_what_a_program_does() -> None:
    assert normal_form("def f():\n    'only this'") == "def f():\n    pass"
    assert normal_form("x = 'text'  # kept") == "x = 'text'"
