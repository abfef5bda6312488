"""Labels of live answers, and what the next bank makes of them."""

import pytest

from profiles.bank import ALL, LIVE
from profiles.outcomes import load_outcomes
from tasks.serve.label import label_answer, waiting_answers
from tests.fill import fill, questions, response, score
from tests.live_world import MODELS
from warehouse.connect import read
from warehouse.errors import UserError


def asked(key: str, answers: dict[str, str | None], said: str | None, chosen: str) -> None:
    """A live question that the models answered."""
    fill(
        dataset=[{"dataset": LIVE, "variant": "test", "scorer": "open"}],
        question=questions(key, dataset=LIVE, metadata="{}"),
        response=[
            response(f"{key} {model}", key, model, text="I cannot say so." if text is None else f"Answer: {text}")
            for model, text in answers.items()
        ],
        score=[score(f"{key} {model}", None, scorer="open", extracted=text) for model, text in answers.items()],
        collaboration=[
            {
                "collaboration_id": f"c {key}",
                "run_id": "r",
                "preset": "quick",
                "split_id": ALL,
                "question_id": key,
                "response_id": f"{key} {chosen}",
                "answer": said,
                "n_call": 3,
            }
        ],
    )


def labels() -> dict[str, float]:
    return dict(read("select model, label from label where provenance = 'user' and label is not null").iter_rows())


ANSWERS = {"poet": "42", "accountant": "42", "tutti": "7"}


@pytest.mark.usefixtures("home")
def test_a_truth_is_compared_with_every_answer() -> None:
    asked("a", {"poet": "42.0", "accountant": "7", "tutti": None}, "42", "poet")
    assert label_answer("c a", truth="42") == labels() == {"poet": 1.0, "accountant": 0.0}
    assert label_answer("a", truth="7", note="I was wrong") == labels() == {"poet": 0.0, "accountant": 1.0}
    assert read("select distinct note from label").item() == "I was wrong"


@pytest.mark.usefixtures("home")
def test_right_labels_all_models_and_wrong_those_that_said_it() -> None:
    asked("a", ANSWERS, "42", "poet")
    assert label_answer("c a", "right") == {"poet": 1.0, "accountant": 1.0, "tutti": 0.0}
    asked("b", ANSWERS, "42", "poet")
    assert label_answer("c b", "wrong") == {"poet": 0.0, "accountant": 0.0}


@pytest.mark.usefixtures("home")
def test_a_corrected_label_takes_back_what_the_first_one_said() -> None:
    asked("a", ANSWERS, "42", "poet")
    label_answer("c a", "right")
    assert label_answer("c a", "wrong") == labels() == {"poet": 0.0, "accountant": 0.0}


@pytest.mark.usefixtures("home")
def test_an_answer_without_a_stated_result_labels_its_writer() -> None:
    asked("a", {"poet": None, "accountant": None, "tutti": None}, None, "tutti")
    assert label_answer("c a", "right") == {"tutti": 1.0}
    with pytest.raises(UserError, match="--truth"):
        label_answer("c a", truth="42")


@pytest.mark.usefixtures("home")
def test_answers_wait_until_they_are_labelled() -> None:
    assert waiting_answers().is_empty()
    asked("a", ANSWERS, "42", "poet")
    assert waiting_answers()["collaboration_id"].to_list() == ["c a"]
    label_answer("c a", "right")
    assert waiting_answers().is_empty()
    with pytest.raises(UserError, match="no live answer nothing"):
        label_answer("nothing", "right")


@pytest.mark.usefixtures("home")
def test_a_labelled_answer_is_evidence_with_its_provenance() -> None:
    asked("a", ANSWERS, "42", "poet")
    label_answer("c a", "right")
    matrix = load_outcomes([LIVE], MODELS, "fixed", {})
    assert matrix.score.tolist() == [[1.0, 1.0, 0.0]]
    assert matrix.provenance.tolist() == [["user"] * 3]
