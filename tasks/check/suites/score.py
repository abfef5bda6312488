"""What must hold after score: every verdict is a number between 0 and 1, once."""

from tasks.check.suite import Check, between, one_of

_VERDICTS = ("correct", "wrong", "partial", "no_answer", "timeout", "unjudged")

SUITE = (
    Check(
        "score",
        "check_score",
        (
            between("scores lie between 0 and 1", "score", 0, 1),
            one_of("verdicts have known names", "verdict", _VERDICTS),
        ),
    ),
    Check(
        "score",
        "check_score_key",
        (between("one verdict per response, scorer, version and mode", "n_verdict", high=1),),
    ),
    Check(
        "score by judge",
        "check_judge",
        (
            between(
                "a judge does not say the same of every answer",
                "n_verdict_kind",
                low=2,
                severity="warning",
            ),
        ),
    ),
    Check(
        "answer by model",
        "check_score_by_model",
        (
            between(
                "an answer is found in at least 80 % of a model's responses",
                "no_answer_share",
                high=0.2,
                severity="warning",
            ),
        ),
    ),
)
