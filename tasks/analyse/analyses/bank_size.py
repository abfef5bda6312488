"""How much the bank knows."""

from collections.abc import Iterable

from tasks.analyse.analysis import Material, analyses
from tasks.analyse.study import Setting, Study

_DRAWS = 3


@analyses.register("bank-size")
def bank_size(material: Material) -> Iterable[Study]:
    """How much the bank knows."""
    base = material.base
    shares = (0.05, 0.1, 0.2, 0.4, 0.7)
    settings = [Setting(f"{share:.0%}", base, share, bank_share=share, draws=_DRAWS) for share in shares]
    yield Study(
        "bank",
        "Bank size",
        f"Random parts of the bank, {_DRAWS} draws per seed; prior and vote know nothing of the rest.",
        (*settings, Setting("100%", base, 1.0)),
        ("100%", ""),
        "share of the bank",
    )
