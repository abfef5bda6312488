"""What must hold after collect: what is kept are answers, and the ledger can be trusted."""

from tasks.check.suite import Check, absent, between, one_of

SUITE = (
    Check("response", "check_response_key", (between("response keys are unique", "copies", high=1),)),
    Check("response", "check_response_error_text", (absent("no answer is an error text", "error_text"),)),
    Check(
        "response",
        "check_response_cost",
        (between("cost is tokens times price, within 1 %", "error_share", high=0.01),),
    ),
    Check(
        "response by model",
        "check_response_by_model",
        (
            between("answers have token counts", "no_token_share", high=0, severity="warning"),
            between("token counts differ between answers", "n_token_count", low=2, severity="warning"),
            between("at most 5 % of a model's answers are empty", "empty_share", high=0.05, severity="warning"),
            between("at most 5 % of a model's answers are cut off", "truncated_share", high=0.05, severity="warning"),
        ),
    ),
    Check(
        "call",
        "check_call_model",
        (one_of("the served model is the asked one", "is_same", (True,), severity="warning"),),
    ),
    Check("call", "check_call_key", (between("no request is paid for twice", "n_paid", high=1),)),
)
