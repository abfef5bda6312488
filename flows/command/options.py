"""Types of the options that several commands have."""

from collections.abc import Sequence
from typing import Annotated, Any

from cyclopts import CoercionError, Parameter, Token

AsJson = Annotated[bool, Parameter(name="--json", help="print one JSON document instead of tables")]
Profile = Annotated[
    str,
    Parameter(
        env_var="CONCERTINO_PROFILE",
        help="run profile: a name (`concertino doctor` lists them) or the path of a YAML file",
    ),
]


def _name_of(_: Any, given: Sequence[Token]) -> str:
    """The name that runs of a profile have; a file's is what it holds."""
    from profiles.load import load_run

    named = given[0].value
    return load_run(named).name if named.endswith((".yaml", ".yml")) else named


ProfileOfRuns = Annotated[
    str | None,
    Parameter(
        name="--profile",
        env_var="CONCERTINO_PROFILE",
        converter=_name_of,
        help="the run profile whose runs are meant, as a name or a YAML file (else everybody's)",
    ),
]
PoolName = Annotated[str | None, Parameter(help="another pool than the profile's: a name or a LiteLLM YAML file")]
Budget = Annotated[float | None, Parameter(help="hard cap on model calls in US dollars (else the profile's)")]
RunId = Annotated[str | None, Parameter(help="do this stage as part of an earlier run")]
Resume = Annotated[str | None, Parameter(help="unfinished run to go on with (else the same command's, for a day)")]


def _names(_: Any, given: Sequence[Token]) -> list[str]:
    """The option's names, from `a,b` or the option said again; an empty one is kept, or it would mean all."""
    return [name.strip() for one in given for name in one.value.split(",")]


Names = Annotated[list[str] | None, Parameter(converter=_names)]


def _whole(_: Any, given: Sequence[Token]) -> int:
    """A whole number, where cyclopts would round 1.5 without a word."""
    try:
        return int(given[0].value)
    except ValueError as error:
        raise CoercionError(f"'{given[0].value}' is no whole number", token=given[0]) from error


WHOLE = Parameter(converter=_whole)
