import pytest

from profiles.load import load_run
from profiles.statistics import Statistics
from warehouse.errors import UserError


def test_a_run_profile_may_change_them_and_a_wrong_one_is_told(tmp_path):
    profile = tmp_path / "mine.yaml"
    text = "title: t\nsource: questions\ndatasets: [d]\npool: synthetic\nstatistics: {resamples: %s}\n"
    profile.write_text(text % 500)
    assert load_run(str(profile)).statistics == Statistics(resamples=500)
    profile.write_text(text % 5)
    with pytest.raises(UserError, match=r"statistics.resamples"):
        load_run(str(profile))
