"""Plug-ins by name: built-in ones, and what is told of those that cannot be used."""

from collections.abc import Iterator
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import pytest

from profiles import registry
from profiles.registry import Registry
from tasks.ingest.registry import sources
from tasks.route.registry import routers
from tasks.score.registry import scorers
from warehouse.errors import UserError

TASKS = Path(__file__).parents[2] / "tasks"


@pytest.mark.parametrize(
    ("kind", "group", "folder"),
    [
        (sources, registry.SOURCES, "ingest/sources"),
        (scorers, registry.SCORERS, "score/scorers"),
        (routers, registry.ROUTERS, "route/routers"),
    ],
)
def test_every_built_in_plug_in_is_offered_and_can_be_used(kind: Registry[Any], group: str, folder: str) -> None:
    files = {path.stem for path in (TASKS / folder).glob("*.py")} - {"__init__"}
    assert {point.value.rsplit(".", 1)[-1] for point in entry_points(group=group)} == files
    assert all(kind.get(name) is not None for name in kind.names())


@pytest.fixture
def trials(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Registry[str]]:
    """Of two installed packages that both bring `twice`; one also brings what cannot be imported."""
    for package, names in (("one", ("good", "twice", "broken", "silent", "wordless")), ("two", ("twice",))):
        about = tmp_path / f"trial_{package}-1.0.dist-info"
        about.mkdir()
        (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: trial-{package}\nVersion: 1.0\n")
        lines = [f"{name} = trial_{package}_{name}" for name in names]
        (about / "entry_points.txt").write_text("\n".join(["[concertino.trials]", *lines]))
    (tmp_path / "trial_one_broken.py").write_text("1 / 0\n")
    (tmp_path / "trial_one_wordless.py").write_text("assert not True\n")
    (tmp_path / "trial_one_silent.py").write_text("")
    (tmp_path / "trial_one_good.py").write_text("from trial_kind import trials\ntrials.register('good')('a thing')\n")
    (tmp_path / "trial_kind.py").write_text(
        "from profiles.registry import Registry\ntrials = Registry('trial', 'concertino.trials')\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    registry._points.cache_clear()
    import trial_kind  # type: ignore[import-not-found]

    yield trial_kind.trials
    registry._points.cache_clear()


def test_names_import_nothing_and_a_thing_is_imported_when_it_is_wanted(trials: Registry[str]) -> None:
    assert trials.names() == ["broken", "good", "silent", "twice", "wordless"]
    assert trials.get("good") == "a thing"
    for name, words in {
        "broken": r"trial 'broken' of trial_one_broken \(trial-one\) cannot be imported: division by zero",
        "wordless": "cannot be imported: AssertionError$",
        "silent": r"trial_one_silent \(trial-one\) registers no such name",
        "twice": r"brought by trial_one_twice \(trial-one\) and trial_two_twice \(trial-two\); uninstall all but one",
        "lost": "unknown trial 'lost'; choose one of: broken, good",
    }.items():
        with pytest.raises(UserError, match=words):
            trials.get(name)
    with pytest.raises(UserError, match="trial 'good' is registered twice"):
        trials.register("good")("another thing")
