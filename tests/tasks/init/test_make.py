import json
from pathlib import Path

import pytest
import yaml

from profiles.dataset import Dataset
from profiles.schema import Refresh, RunProfile
from tasks.init.make import of_questions

CONFIG = "model_list: [{model_name: m, litellm_params: {model: openai/m, api_base: 'http://127.0.0.1:1'}}]"


@pytest.mark.parametrize(("n", "few"), [(29, True), (30, False)])
def test_few_questions_are_said(home: Path, tmp_path: Path, n: int, few: bool) -> None:
    config, questions = tmp_path / "config.yaml", tmp_path / "sums.jsonl"
    config.write_text(CONFIG)
    rows = [{"question": f"What is {number} + 1?", "ground_truth": str(number + 1)} for number in range(n)]
    questions.write_text("".join(json.dumps(row) + "\n" for row in rows))
    notes = of_questions("mine", str(config), questions, {}, 1.0).notes
    assert any("fewer than 30 questions" in note for note in notes) is few


def test_a_nightly_of_what_was_made_asks_some_answers_anew(home: Path, tmp_path: Path) -> None:
    config, questions = tmp_path / "config.yaml", tmp_path / "sums.jsonl"
    config.write_text(CONFIG)
    questions.write_text('{"question": "What is 1 + 1?", "ground_truth": "2"}\n')
    [made] = [draft for draft in of_questions("mine", str(config), questions, {}, 1.0).drafts if draft.folder == "runs"]
    assert RunProfile.model_validate(yaml.safe_load(made.text)).refresh == Refresh()


def test_questions_with_tests_are_code_of_which_fewer_models_are_asked(home: Path, tmp_path: Path) -> None:
    config, questions = tmp_path / "config.yaml", tmp_path / "programs.jsonl"
    config.write_text(CONFIG)
    row = {"question": "Write `one`, which returns 1.", "tests": "assert one() == 1", "entry_point": "one"}
    questions.write_text(json.dumps(row) + "\n")
    drafts = {draft.folder: draft.text for draft in of_questions("mine", str(config), questions, {}, 1.0).drafts}
    found = Dataset.model_validate(yaml.safe_load(drafts["datasets"]))
    assert (found.scorer, found.task) == ("python_tests", "code")
