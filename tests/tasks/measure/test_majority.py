import numpy as np

from tasks.measure.majority import plurality


def test_plurality_ties_and_nothing_to_count(matrix_of):
    extracted = [
        ["A", "B", "B", "C"],  # a plurality
        ["C", "B", "B", "C"],  # a tie: the earliest model's answer
        ["A", "B", "C", "D"],  # nobody agrees
        [None, None, None, "A"],  # one vote is none
        [None, "A", None, "A"],  # what was not extracted does not vote
    ]
    matrix = matrix_of(np.zeros((5, 4)), extracted=extracted)
    assert plurality(matrix).tolist() == [1, 0, -1, -1, 1]


def test_the_score_is_of_a_supporter_with_a_verdict(matrix_of):
    matrix = matrix_of([[0.0, np.nan, 1.0]], extracted=[["A", "B", "B"]])
    assert plurality(matrix).tolist() == [2]
