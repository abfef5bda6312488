"""What must hold after collaborate: every answer can be explained and was paid for."""

from tasks.check.suite import Check, between, one_of

SUITE = (
    Check(
        "collaboration",
        "check_collaboration",
        (
            between("exactly one candidate is chosen where there is an answer", "surplus_chosen", 0, 0),
            one_of("the answer is the chosen candidate's", "is_candidate", (True,)),
            one_of("stated probabilities are finite", "is_finite", (True,)),
            between("stated probabilities lie between 0 and 1", "probability", 0, 1),
        ),
    ),
    Check("collaboration", "check_prior", (one_of("chosen models have a finite prior", "is_finite", (True,)),)),
    Check("candidate", "check_candidate", (one_of("posteriors are finite", "is_finite", (True,)),)),
    Check(
        "call by model",
        "check_call_cost",
        (between("the cost of every successful call is known", "unknown_share", high=0, severity="warning"),),
    ),
)
