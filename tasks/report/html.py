"""What the pages share: templates in which every text is escaped, one look, figures as people read them."""

from functools import cache
from importlib.resources import files

from jinja2 import Environment, FunctionLoader, StrictUndefined, Template
from markupsafe import Markup

from profiles import readable
from tasks.report import tables


def template(name: str) -> Template:
    """A template of `tasks/report/templates`."""
    return _environment().get_template(name)


def css() -> Markup:
    """The style sheet, to be written into the page."""
    return Markup(_text("page.css"))


@cache
def _environment() -> Environment:
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, loader=FunctionLoader(_text)
    )
    environment.filters |= {
        "percent": readable.percent,
        "points": readable.points,
        "interval": readable.interval,
        "usd": readable.dollars,
        "number": readable.number,
        "p_value": readable.p_value,
        "one_line": tables.one_line,
        "cost_per_thousand": tables.cost_per_thousand,
        "cost_note": tables.cost_note,
    }
    environment.tests["oracle"] = tables.ORACLES.__contains__
    return environment


def _text(name: str) -> str:
    return (files("tasks.report") / "templates" / name).read_text(encoding="utf-8")
