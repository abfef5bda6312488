"""Looking questions up in Chroma against the exact product, in both forms of the neighbourhood."""

import os
from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from profiles.bank import Bank
from profiles.index import nearest, published_prior
from profiles.outcomes import OutcomeMatrix
from profiles.prior import prior_scores
from profiles.store import _client, server_version, store_bank
from profiles.top import exact
from tests.local_servers import chroma_server
from warehouse.errors import UserError
from warehouse.settings import settings

ABOUT = {"profile": "My runs: ü", "pool": "p", "embedder": "made", "split": "s0"}


def vectors_of(rows, size=24, seed=0):
    """Clustered, as the vectors of real questions are."""
    rng = np.random.default_rng(seed)
    vectors = 2 * np.eye(8, size)[rng.integers(0, 8, rows)] + rng.normal(size=(rows, size))
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def bank_of(rows, models=2):
    rng = np.random.default_rng(9)
    ids = [f"item {at}" for at in range(rows)]
    questions = pl.DataFrame(
        {
            "question_id": ids,
            "dataset": [f"set {at % 3}" for at in range(rows)],
            "category": ["math" if at % 2 else None for at in range(rows)],
            "content_hash": ids,
            "text": [f"What is {one}?" for one in ids],
        }
    )
    score = (rng.random((rows, models)) < 0.6).astype(float)
    score[rng.random(score.shape) < 0.2] = np.nan
    whose = np.full(score.shape, "fixed", dtype=object)
    whose[::5, 0] = "user"
    known = OutcomeMatrix.of(questions, [f"m{at}" for at in range(models)], score=score, provenance=whose)
    return Bank("b", known, vectors_of(rows))


def parts_of(bank):
    return np.where(np.arange(len(bank.labels)) % 4 < 3, "train", "test").astype(object)


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with chroma_server(tmp_path_factory.mktemp("server") / "chroma") as url:
        yield url


@pytest.fixture(scope="module", params=["here", "there"])
def kept(request, tmp_path_factory):
    """A bank of 900 questions, its collection below a home or on a server, and the settings that say where."""
    where = {"CONCERTINO_HOME": str(tmp_path_factory.mktemp("home"))}
    if request.param == "there":
        where["CONCERTINO_CHROMA"] = request.getfixturevalue("server")
    with pytest.MonkeyPatch.context() as patch:
        for name, value in where.items():
            patch.setenv(name, value)
        bank = bank_of(900)
        collection, recall = store_bank(bank, parts_of(bank), ABOUT)
    assert recall == 1.0
    return bank, collection, where


@pytest.fixture
def stored(kept, monkeypatch):
    """The bank, and the same one that is looked up in its collection."""
    bank, collection, where = kept
    for name, value in where.items():
        monkeypatch.setenv(name, value)
    return bank, replace(bank, held=None, collection=collection)


def refuse_vectors(monkeypatch):
    def read(bank_id):
        raise AssertionError("all vectors of the bank were read")

    monkeypatch.setattr("profiles.bank._load_vectors", read)


WHERES = [
    {},
    {"dataset": ["set 1"]},
    {"category": ["math"], "dataset": ["set 0", "set 2"]},
    {"dataset": ["set 2", "no"]},
]


@pytest.mark.parametrize("where", WHERES, ids=str)
def test_at_recall_1_what_is_looked_up_is_what_the_product_finds(stored, monkeypatch, where):
    bank, looked_up = stored
    refuse_vectors(monkeypatch)
    asked = vectors_of(40, seed=4)
    for k in (1, 10, 100):
        found, expected = nearest(looked_up, asked, k, where), nearest(bank, asked, k, where)
        np.testing.assert_array_equal(found[0], expected[0])
        np.testing.assert_allclose(found[1], expected[1], atol=1e-6)


@pytest.mark.parametrize("where", WHERES[:3], ids=str)
def test_the_published_neighbourhood_is_that_of_the_product(stored, monkeypatch, where):
    bank, looked_up = stored
    asked = vectors_of(7, seed=5)
    monkeypatch.setattr("profiles.bank._load_vectors", lambda bank_id: bank.vectors)
    found = published_prior(looked_up, asked, 20, 0.8, where, weighted=True)
    at = np.arange(900) if not where else bank.among(where)
    expected = prior_scores(asked.astype(float), bank.wide[at], bank.labels[at], 20, 0.8, weighted=True)
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_array_equal(one, other)
    assert found[1].max() > 21, "the neighbourhood has no upper limit"


def test_a_restriction_that_leaves_nothing_says_what_there_is(stored):
    for bank in stored:
        with pytest.raises(UserError, match="no question of the bank has dataset=set 7; its dataset is one of set 0, "):
            nearest(bank, vectors_of(1), 5, {"dataset": ["set 7"]})
        with pytest.raises(UserError, match="none of them has a source"):
            nearest(bank, vectors_of(1), 5, {"source": ["x"]})


def test_any_chroma_client_can_use_the_collection(stored):
    import chromadb

    bank, looked_up = stored
    url = settings().chroma
    client = chromadb.HttpClient(url) if url else chromadb.PersistentClient(str(settings().index / "chroma"))
    collection = client.get_collection(looked_up.collection)
    assert collection.name.startswith("My-runs-")
    assert collection.metadata == ABOUT | ({"recall": 1.0} if url else {})
    asked = vectors_of(1, seed=7)
    found = collection.query(
        query_embeddings=asked, n_results=5, where={"$and": [{"category": "math"}, {"part": "train"}]}
    )
    product = bank.vectors @ asked[0]
    fits = [at for at in np.argsort(-product) if at % 2 and at % 4 < 3][:5]
    assert found["ids"][0] == [f"item {at}" for at in fits]
    assert found["documents"][0] == [f"What is item {at}?" for at in fits]
    first = found["metadatas"][0][0]
    assert {key: first[key] for key in ("dataset", "category", "part")} == {
        "dataset": f"set {fits[0] % 3}",
        "category": "math",
        "part": "train",
    }
    labelled = collection.get(where={"provenance": {"$contains": "user"}})["ids"]
    assert labelled == [f"item {at}" for at in range(0, 900, 5) if not np.isnan(bank.labels[at, 0])]


def test_exact_search_is_the_sorted_product():
    bank, asked = vectors_of(60, seed=1), vectors_of(7, seed=2)
    positions, cosines = exact(bank, asked, 10)
    product = asked @ bank.T
    for row in range(7):
        assert positions[row].tolist() == np.argsort(-product[row], kind="stable")[:10].tolist()
    np.testing.assert_allclose(cosines, -np.sort(-product, axis=1)[:, :10], atol=1e-7)


def test_a_collection_is_built_once_and_named_by_its_content(home):
    bank = bank_of(120)
    name, recall = store_bank(bank, parts_of(bank), ABOUT)
    assert store_bank(bank, parts_of(bank), ABOUT) == (name, recall)
    (settings().index / f"{name}.json").unlink()  # as a killed run leaves it: a collection without its note
    assert store_bank(bank, parts_of(bank), ABOUT) == (name, recall)
    assert store_bank(bank, np.full(120, "train"), ABOUT)[0] != name
    fewer = Bank("b", bank.known.rows(np.arange(60)), bank.vectors[:60], name)
    asked = vectors_of(5, seed=4)
    np.testing.assert_array_equal(nearest(fewer, asked, 10, {})[0], exact(fewer.vectors, asked, 10)[0])


def test_homes_that_share_a_server_share_its_collections(server, monkeypatch, tmp_path):
    import chromadb

    monkeypatch.setenv("CONCERTINO_CHROMA", server)
    bank, client = bank_of(120), chromadb.HttpClient(server)
    for home in ("one", "other"):
        monkeypatch.setenv("CONCERTINO_HOME", str(tmp_path / home))
        name, recall = store_bank(bank, parts_of(bank), ABOUT)
        found = client.get_collection(name)
        assert (found.count(), found.metadata["recall"], recall) == (120, 1.0, 1.0)
    assert not any(tmp_path.iterdir()), "nothing is kept below a home"
    found.modify(metadata=ABOUT)  # as a killed process leaves it: half-filled, its recall unknown
    found.delete(ids=bank.question_ids[60:].tolist())
    again, recall = store_bank(bank, parts_of(bank), ABOUT)
    found = client.get_collection(name)
    assert (again, found.count(), found.metadata["recall"]) == (name, 120, recall)
    assert recall > 0.9  # what was deleted leaves gaps in the graph that is filled again


def test_a_server_that_is_gone_costs_no_answer_but_is_missed_before_work(home, server, monkeypatch):
    bank, asked = bank_of(120), vectors_of(5, seed=4)
    monkeypatch.setenv("CONCERTINO_CHROMA", server)
    assert server_version().count(".") >= 1
    name, _ = store_bank(bank, parts_of(bank), ABOUT)
    gone = "http://127.0.0.1:9"  # nothing listens there
    monkeypatch.setenv("CONCERTINO_CHROMA", gone)
    found = nearest(replace(bank, collection=name), asked, 10, {})
    np.testing.assert_array_equal(found[0], nearest(bank, asked, 10, {})[0])
    for missed in (server_version, lambda: store_bank(bank, parts_of(bank), ABOUT)):
        with pytest.raises(
            UserError, match=f"the Chroma server at {gone} cannot be used .*; start it, or mend or unset"
        ):
            missed()


@pytest.mark.parametrize(
    ("value", "why"),
    [
        ("localhost:8000", "like http://host:8000"),
        ("ftp://host", "like http://host:8000"),
        ("http://", "like http://host:8000"),
        ("http://host:99999", "0-65535"),
        ("http://me:secret@host:8000", "user, a password"),
        ("http://host?token=secret", "a query"),
    ],
)
def test_an_address_that_is_none_is_refused_and_shows_no_password(monkeypatch, value, why):
    monkeypatch.setenv("CONCERTINO_CHROMA", value)
    with pytest.raises(UserError, match=f"^CONCERTINO_CHROMA is .*{why}") as refused:
        settings()
    assert "me:secret" not in str(refused.value)


@pytest.mark.parametrize(
    "damage", [lambda path: path.write_bytes(b"garbage" * 999), lambda path: os.truncate(path, 5000)]
)
def test_a_damaged_index_costs_no_answer_and_is_made_anew(home, damage):
    from chromadb.api.shared_system_client import SharedSystemClient

    bank = bank_of(120)
    name, recall = store_bank(bank, parts_of(bank), ABOUT)
    SharedSystemClient.clear_system_cache()  # as a new process
    damage(settings().index / "chroma" / "chroma.sqlite3")
    asked = vectors_of(5, seed=4)
    expected = nearest(bank, asked, 10, {})
    found = nearest(replace(bank, collection=name), asked, 10, {})
    np.testing.assert_array_equal(found[0], expected[0])
    assert store_bank(bank, parts_of(bank), ABOUT) == (name, recall)
    found = nearest(replace(bank, collection=name), asked, 10, {})
    np.testing.assert_array_equal(found[0], expected[0])
    assert (settings().index / f"{name}.json").exists(), "it was searched through the new index"


def test_whoever_may_write_the_home_may_write_the_index(home, monkeypatch):
    monkeypatch.delenv("CONCERTINO_CHROMA", raising=False)
    before = os.umask(0o002)
    try:
        _client()
    finally:
        os.umask(before)
    assert (home / "index" / "chroma" / "chroma.sqlite3").stat().st_mode & 0o060 == 0o060
