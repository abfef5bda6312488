"""What must hold after ingest: questions and responses have one identity each."""

from tasks.check.suite import Check, between, one_of, present

SUITE = (
    Check(
        "question",
        "check_question",
        (
            between("question keys are unique", "copies", high=1),
            present("every question has a text", "text_length"),
        ),
    ),
    Check(
        "question",
        "check_question_content",
        (
            between("a question has one truth per dataset", "n_truth", high=1, severity="warning"),
            between("no question occurs in two datasets or variants", "n_place", high=1, severity="warning"),
        ),
    ),
    Check("response", "check_response_key", (between("response keys are unique", "copies", high=1),)),
    Check(
        "response",
        "check_response_model",
        (one_of("every answering model is known", "is_known", (True,), severity="warning"),),
    ),
    Check("label", "check_label", (between("labels lie between 0 and 1", "label", 0, 1),)),
)
