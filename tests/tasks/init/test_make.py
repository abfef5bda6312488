import json
from pathlib import Path

import pytest

from tasks.init.make import of_questions


@pytest.mark.parametrize(("n", "few"), [(29, True), (30, False)])
def test_few_questions_are_said(home: Path, tmp_path: Path, n: int, few: bool) -> None:
    config, questions = tmp_path / "config.yaml", tmp_path / "sums.jsonl"
    config.write_text(
        "model_list: [{model_name: m, litellm_params: {model: openai/m, api_base: 'http://127.0.0.1:1'}}]"
    )
    rows = [{"question": f"What is {number} + 1?", "ground_truth": str(number + 1)} for number in range(n)]
    questions.write_text("".join(json.dumps(row) + "\n" for row in rows))
    notes = of_questions("mine", str(config), questions, {}, 1.0).notes
    assert any("fewer than 30 questions" in note for note in notes) is few
