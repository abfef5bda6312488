"""k-means of questions, some of which are the same."""

import numpy as np
import pytest

from tasks.route.clusters import k_means


@pytest.mark.filterwarnings("error")
def test_questions_that_are_the_same_make_no_empty_clusters() -> None:
    vectors = np.repeat(np.eye(3), 4, axis=0)
    found = k_means(vectors, 5, seed=0)
    assert sorted(found.cluster_centers_.tolist()) == sorted(np.eye(3).tolist())
    assert np.bincount(found.labels_).tolist() == [4, 4, 4]
