"""Read the YAML files: the user's own below CONCERTINO_HOME/profiles first, then the packaged ones."""

import re
from collections.abc import Iterable, Sequence
from datetime import date
from fnmatch import fnmatchcase
from functools import cache
from glob import escape
from importlib.resources import files
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from profiles.dataset import BrokenDataset, Dataset
from profiles.preset import Preset
from profiles.price_book import PriceBook
from profiles.providers import first_unknown, unknown_limit
from profiles.registry import ROUTERS, offered
from profiles.router_profile import RouterProfile
from profiles.schema import Pool, RunProfile
from profiles.spelling import first_misspelt
from profiles.yaml_file import line_of, read_yaml
from warehouse.errors import UserError, fault_of, unknown_name
from warehouse.settings import settings

_Model = TypeVar("_Model", bound=BaseModel)
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_MATCH = re.compile(r"""^match:\s*["']?([^\s"'#]+)""", re.MULTILINE)  # of a file that is no YAML, too


def load_pool(name: str) -> Pool:
    """A pool by name or by the path of a YAML file.

    Raises:
        UserError: there is none, its file is wrong, or nobody knows a provider that it names; with the place.
    """
    path = _path("pools", name)
    pool = _parse(path, Pool)
    if (at := first_unknown(pool)) is not None:
        model = pool.model_list[at]
        raise UserError(
            f"{_place(path, ('model_list', at, 'litellm_params', 'model'))}: nobody knows the provider of model "
            f"'{model.model_name}' ({model.litellm_params['model']}); write provider/model, such as "
            "openai/gpt-4o-mini, or hosted_vllm/NAME with an api_base"
        )
    if (limit := unknown_limit(pool)) is not None:
        place = _place(path, ("provider_limits", limit))
        raise UserError(
            f"{place}: provider_limits: nobody knows the provider '{limit}'; its models would have no limit"
        )
    return pool.model_copy(update={"name": pool.name or Path(name).stem})


def load_run(name: str) -> RunProfile:
    """A run profile by name or by the path of a YAML file."""
    run = _load("runs", name, RunProfile)
    return run.model_copy(update={"name": run.name or Path(name).stem})


def load_preset(name: str) -> Preset:
    """A collaboration preset by name or by the path of a YAML file."""
    preset = _load("presets", name, Preset)
    return preset.model_copy(update={"name": preset.name or Path(name).stem})


def load_router(name: str) -> RouterProfile:
    """A router's setting by name or by the path of a YAML file; else the plug-in of that name as it is."""
    known = name.endswith((".yaml", ".yml")) or name in _available("routers")
    found = _load("routers", name, RouterProfile) if known else RouterProfile(router=name)
    return found.model_copy(update={"name": found.name or Path(name).stem if known else name})


def router_names() -> list[str]:
    """Routers that can be named: settings and plug-ins."""
    return sorted({*_available("routers"), *offered(ROUTERS)})


def load_prices() -> PriceBook:
    """The newest price book (by date) among the user's and the packaged ones that are named by a date.

    One of another name is somebody's supposition, for `what-if`.
    """
    books = [_parse(path, PriceBook) for name, path in _available("prices").items() if _DATE.fullmatch(name)]
    return max(books, key=lambda book: book.date, default=PriceBook(date=date.min, models={}))


def load_price_book(name: str) -> PriceBook:
    """A price book by name or by the path of a YAML file."""
    return _load("prices", name, PriceBook)


def load_datasets() -> list[Dataset]:
    """All dataset specifications, the user's first; one that is broken is told where a dataset needs it."""
    return [_dataset(path) for path in _available("datasets").values()]


def own_datasets() -> dict[str, Dataset]:
    """The user's dataset specifications by the names of their files, without the packaged ones."""
    own = settings().profiles
    return {name: _dataset(path) for name, path in _available("datasets").items() if path.is_relative_to(own)}


def dataset_of(name: str, specifications: Iterable[Dataset]) -> Dataset | None:
    """The first specification whose pattern matches a dataset name; None when nothing is known about it.

    Raises:
        UserError: that one is broken.
    """
    found = first_match(name, specifications)
    if isinstance(found, BrokenDataset):
        raise UserError(found.fault)
    return found


def first_match(name: str, specifications: Iterable[Dataset]) -> Dataset | None:
    """As `dataset_of`, but a broken one as well."""
    return next((spec for spec in specifications if fnmatchcase(name, spec.match)), None)


def place(folder: str, name: str, keys: Sequence[int | str]) -> str:
    """Path and line of what a file holds below these keys."""
    return _place(_path(folder, name), keys)


def names(folder: str) -> list[str]:
    """Names available in a folder: pools, runs, presets, prices or datasets."""
    return sorted(_available(folder))


def _available(folder: str) -> dict[str, Path]:
    """Name → path; the user's files hide packaged ones of the same name and come first."""
    found: dict[str, Path] = {}
    for base in (settings().profiles / folder, Path(str(files("profiles") / folder))):
        for path in sorted(base.glob("*.yaml")) if base.is_dir() else []:
            found.setdefault(path.stem, path)
    return found


def _load(folder: str, name: str, model: type[_Model]) -> _Model:
    return _parse(_path(folder, name), model)


def _path(folder: str, name: str) -> Path:
    if name.endswith((".yaml", ".yml")):
        path = Path(name).expanduser()
        if not path.is_file():
            raise UserError(f"there is no file {path}; give the path of a {folder.removesuffix('s')} YAML or a name")
        return path
    available = _available(folder)
    if name not in available:
        raise unknown_name("run profile" if folder == "runs" else folder.removesuffix("s"), name, available)
    return available[name]


def _parse(path: Path, model: type[_Model]) -> _Model:
    content = _yaml(path, _changed(path))
    if not isinstance(content, dict):
        needed = next((name for name, field in model.model_fields.items() if field.is_required()), "title")
        raise UserError(
            f"{path} holds {'nothing' if content is None else 'no mapping'}; write lines like `{needed}: ...`"
        )
    if (slip := first_misspelt(content, model)) is not None:
        raise UserError(
            f"{_place(path, slip.keys)}: {'.'.join(map(str, slip.keys[:-1])) or 'top level'}: {slip.advice}"
        )
    try:
        return model.model_validate(content)
    except ValidationError as error:
        where, wrong = fault_of(error)
        about = error.errors()[0]["loc"] or [word for word in re.findall(r"\w+", wrong) if word in content][:1]
        raise UserError(f"{_place(path, about)}: {where and f'{where}: '}{wrong}") from error


def _dataset(path: Path) -> Dataset:
    try:
        return _parse(path, Dataset)
    except UserError as error:
        text = path.read_text(encoding="utf-8", errors="replace") if path.is_file() else ""
        meant = _MATCH.search(text)
        return BrokenDataset(match=meant[1] if meant else escape(path.stem), fault=str(error))


def _place(path: Path, keys: Sequence[int | str]) -> str:
    line = line_of(path, keys)
    return str(path) if line is None else f"{path}, line {line}"


def _changed(path: Path) -> int | None:
    try:
        return path.stat().st_mtime_ns
    except OSError:  # told by whoever reads it
        return None


@cache
def _yaml(path: Path, _changed: int | None) -> Any:
    return read_yaml(path)
