"""Templates of datasets: what is sent for a row's columns. Jinja's, sandboxed: rows come from anywhere."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from jinja2 import StrictUndefined, TemplateError, TemplateSyntaxError, meta
from jinja2.sandbox import ImmutableSandboxedEnvironment

from warehouse.errors import UserError

_ENVIRONMENT = ImmutableSandboxedEnvironment(undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)


def render(template: str, columns: Mapping[str, Any]) -> str | None:
    """A template filled in; None where the row lacks a column that it prints, or has it in another layout.

    Raises:
        UserError: the template is no Jinja.
    """
    compiled = _compiled(template)
    try:
        return str(compiled.render(columns)).strip()
    except (TemplateError, TypeError, ValueError, ArithmeticError, AttributeError, LookupError):
        return None


@cache
def columns_of(template: str) -> frozenset[str]:
    """The columns that a template names.

    Raises:
        UserError: the template is no Jinja.
    """
    _compiled(template)
    return frozenset(meta.find_undeclared_variables(_ENVIRONMENT.parse(template)))


@cache
def _compiled(template: str) -> Any:
    try:
        return _ENVIRONMENT.from_string(template)
    except TemplateSyntaxError as error:
        wrong = (error.message or "it is no template").rstrip(".")
        raise UserError(
            f"{_told(template)}, line {error.lineno}: {wrong}; write columns as {{{{ question }}}}"
        ) from error


def _told(template: str) -> str:
    return f"template '{template.strip().splitlines()[0][:60] if template.strip() else ''}'"
