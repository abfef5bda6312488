from pathlib import Path

import pytest

from profiles.schema import RunProfile
from tasks.ingest.request import resolve
from warehouse.errors import UserError

RUN = RunProfile(
    name="mine",
    title="",
    source="recorded",
    path="answers.parquet",
    pool="p",
    datasets=["gsm*"],
    source_options={"columns": {"model": "who"}},
)


def test_a_profiles_path_lies_below_the_recorded_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONCERTINO_RECORDED", str(tmp_path))
    with pytest.raises(UserError, match="does not exist; set CONCERTINO_RECORDED"):
        resolve(RUN, None, None)
    (tmp_path / "answers.parquet").touch()
    wanted = resolve(RUN, None, None)
    assert wanted.source == "recorded"
    assert wanted.path == str(tmp_path / "answers.parquet")
    assert wanted.options == {"columns": {"model": "who"}, "datasets": ["gsm*"]}
    monkeypatch.setenv("CONCERTINO_RECORDED", str(tmp_path / "answers.parquet"))
    assert resolve(RUN, None, None).path == str(tmp_path / "answers.parquet")
    monkeypatch.delenv("CONCERTINO_RECORDED")
    with pytest.raises(UserError, match="set CONCERTINO_RECORDED"):
        resolve(RUN, None, None)
    absolute = RUN.model_copy(update={"path": "/somewhere/else.csv"})
    assert resolve(absolute, None, None).path == "/somewhere/else.csv"


def test_what_the_user_gives_wins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "here.csv").touch()
    wanted = resolve(RUN, "recorded", "here.csv", ["test"], {"model": "name"})
    assert wanted.path == str(tmp_path / "here.csv")
    assert wanted.options == {"columns": {"model": "name"}, "variants": ["test"], "datasets": ["gsm*"]}
    more = resolve(RUN, "smcs-cache", "here.csv", more={"models": "a,b", "datasets": "x,y*"})
    assert (more.options, more.datasets) == ({"models": "a,b", "datasets": ["x", "y*"]}, ["x", "y*"])


def test_a_source_takes_the_datasets_whose_variants_a_profile_names() -> None:
    run = RUN.model_copy(update={"path": None, "datasets": ["gsm*", "mmlupro/test"]})
    assert resolve(run, None, None).datasets == ["gsm*", "mmlupro/test", "mmlupro"]


def test_a_relative_path_is_also_looked_for_below_the_recorded_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "recorded").mkdir()
    (tmp_path / "recorded" / "far.csv").touch()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CONCERTINO_RECORDED", "recorded")
    assert resolve(RUN, None, "far.csv").path == str(tmp_path / "recorded" / "far.csv")
    assert resolve(RUN, None, "nowhere.csv").path == str(tmp_path / "nowhere.csv")


def test_with_another_source_the_profiles_own_path_options_and_globs_say_nothing() -> None:
    wanted = resolve(RUN, "synthetic", None)
    assert (wanted.source, wanted.path, wanted.options, wanted.datasets) == (
        "synthetic",
        None,
        {"datasets": ["*"]},
        ["*"],
    )
