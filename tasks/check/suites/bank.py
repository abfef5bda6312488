"""What must hold after bank: a bank that can be searched and that has not seen the test."""

from tasks.check.suite import Check, between, one_of

SUITE = (
    Check("embedding", "check_embedding", (between("vectors have unit length, within 0.001", "norm", 0.999, 1.001),)),
    Check(
        "bank",
        "check_bank",
        (between("the index finds 99 % of the neighbours", "recall", low=0.99, severity="warning"),),
    ),
    Check(
        "bank label by model",
        "check_bank_model",
        (between("a model has labels for half of the bank", "labelled_share", low=0.5, severity="warning"),),
    ),
    Check("bank_item", "check_bank_leak", (one_of("no bank question is in the test part", "is_tested", (False,)),)),
)
