"""Encoders learned with what stands on them: on a small one for what is learned, on MiniLM for a few steps."""

from dataclasses import replace

import numpy as np
import pytest

from profiles.encoder import load_encoder
from tasks.route.checks import train_of
from tasks.route.contract import Point, Train
from tasks.route.finetune import encoded
from tasks.route.registry import routers
from tests.tiny_encoder import make_encoder, with_tiny_encoder

WORDS = (("poem", "rhyme", "verse"), ("sum", "number", "fraction"))
ROUTERS = ("frugalgpt", "hybridllm", "modelsat", "routerdc")


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    return make_encoder(tmp_path_factory.mktemp("encoder"))


def world(n=120, seed=0):
    """Questions whose words tell who is right, and whose vectors tell nothing."""
    generator = np.random.default_rng(seed)
    topic = generator.integers(0, 2, n)
    texts = [" ".join(generator.choice(WORDS[one], 4)) for one in topic]
    right = np.column_stack([topic == 0, topic == 1]).astype(float)
    made = train_of(generator.normal(size=(n, 8)), right, datasets=np.array(["verse", "sums"])[topic])
    return Train(made.known, replace(made.inputs, texts=texts), made.validation, {}, 0), topic


@pytest.mark.parametrize("name", ROUTERS)
def test_the_encoder_learns_from_words_who_is_right(name, tiny):
    train, _ = world()
    kind = with_tiny_encoder(routers.get(name), tiny, epochs=8, batch=16, rate=0.01, head_rate=0.05)
    policy = kind().fit(train, print)
    asked, topic = world(60, seed=1)
    chosen = policy.decide(policy.predict(asked.inputs), Point()).chosen
    assert (chosen == topic).mean() > 0.95


def test_the_epoch_is_the_one_with_the_least_held_out_loss_and_learning_ends_after_it(tiny):
    train, _ = world()
    train = replace(train, validation=np.arange(120) < 40)
    flipped = train.known.score.copy()
    flipped[:40] = 1 - flipped[:40]  # what is learned is wrong on what is held out
    train = replace(train, known=replace(train.known, score=flipped))
    kind = with_tiny_encoder(routers.get("routerdc"), tiny, epochs=9, patience=3, batch=16, rate=0.01, head_rate=0.05)
    told = []
    policy = kind().fit(train, lambda done, of: told.append(done))
    assert told == [1, 2, 3, 4]
    assert policy.parameters == {"epoch": 1}


@pytest.mark.parametrize("name", ROUTERS)
def test_a_few_steps_on_minilm_change_it_and_what_is_saved_predicts_the_same(name, tmp_path):
    train, _ = world(24)
    kind = routers.get(name)
    policy = kind(kind.Options(epochs=1, batch=12)).fit(train, print)
    before = encoded(load_encoder("minilm"), train.inputs).vectors
    moved = np.abs(encoded(policy.encoder, train.inputs).vectors - before).max()
    assert 1e-5 < moved < 0.5
    assert all(one.grad is None and one.device.type == "cpu" for one in policy.encoder.parameters())
    policy.save(tmp_path)
    loaded = kind.policy.load(tmp_path)
    for one, other in zip(policy.predict(train.inputs)[:2], loaded.predict(train.inputs)[:2], strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5)
    assert (tmp_path / "encoder" / "model.safetensors").exists()
