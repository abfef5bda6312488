"""A flow's form in Prefect: the fields of its parameter model as flat keywords, and a name for each of its runs."""

import inspect
from collections.abc import Callable
from functools import wraps
from typing import Annotated, Any, TypeVar

from prefect.runtime import flow_run
from pydantic import BaseModel, Field

from flows.ending import failed
from warehouse.errors import ConcertinoError

_Params = TypeVar("_Params", bound=BaseModel)
_Result = TypeVar("_Result")


def form(model: type[_Params]) -> Callable[[Callable[[_Params], _Result]], Callable[..., _Result]]:
    """Let a function of one parameter model be called with the model's fields as keywords.

    Prefect reads names, types, defaults and choices from the signature, and each field's help from the docstring.
    """

    def flattened(function: Callable[[_Params], _Result]) -> Callable[..., _Result]:
        @wraps(function)
        def flat(**fields: Any) -> _Result:
            try:
                return function(model(**fields))
            except ConcertinoError as error:
                return failed(error)

        names = sorted(model.model_fields, key=lambda name: name == "run_id")  # rarely filled in: last on the form
        helps = "\n".join(f"    {name}: {model.model_fields[name].description}" for name in names)
        flat.__signature__ = inspect.Signature([_parameter(model, name) for name in names])  # type: ignore[attr-defined]
        flat.__doc__ = f"{inspect.getdoc(function)}\n\nArgs:\n{helps}\n"
        return flat

    return flattened


def _parameter(model: type[BaseModel], name: str) -> inspect.Parameter:
    field = model.model_fields[name]
    return inspect.Parameter(
        name,
        inspect.Parameter.KEYWORD_ONLY,
        default=field.get_default(call_default_factory=True, validated_data={}),
        annotation=Annotated[field.rebuild_annotation(), Field(json_schema_extra=field.json_schema_extra)],
    )


def run_name() -> str:
    """`collect-mine-20261125T0230-3f2a`: flow, profile, the minute it was due (UTC, as in run ids), end of its id."""
    due = flow_run.scheduled_start_time
    return f"{flow_run.flow_name}-{flow_run.parameters['profile']}-{due:%Y%m%dT%H%M}-{flow_run.id[-4:]}"
