"""What must hold after ingest."""

from tasks.check.suite import Check, between, present

SUITE: tuple[Check, ...] = (
    Check(
        "question",
        "check_question",
        (
            between("question keys are unique", "copies", high=1),
            present("every question has a text", "text_length"),
        ),
    ),
)
