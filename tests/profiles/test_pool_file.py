"""A pool that means nothing, or too much, is one sentence with the file and the line, before anything is asked."""

import re
from pathlib import Path

import pytest

from profiles.load import load_pool
from profiles.yaml_file import read_yaml
from warehouse.errors import UserError

GOOD = """title: mine
aggregator: a
provider_limits: {openai: {rpm: 500, concurrency: 16}}
model_list:
  - model_name: a
    litellm_params: {model: openai/gpt-4o-mini, rpm: 50, timeout: 12.5, max_parallel_requests: 8, temperature: 0}
    model_info: {input_cost_per_token: 1.5e-7, output_cost_per_token: 0, context_tokens: 128000}
  - model_name: b
    litellm_params: &b {model: hosted_vllm/b, api_base: http://localhost:1/v1}
  - model_name: c
    litellm_params: {<<: *b, rpm: null}
"""
AMOUNTS = [
    ("rpm: 50,", f"rpm: {value},") for value in ("fast", "-1", "0", "true", ".nan", ".inf", "[1]", "os.environ/RPM")
] + [
    ("rpm: 50,", "tpm: -5,"),
    ("timeout: 12.5", "timeout: 0"),
    ("timeout: 12.5", "timeout: soon"),
    ("max_parallel_requests: 8", "max_parallel_requests: 1.5"),
    ("temperature: 0", "temperature: hot"),
    ("temperature: 0", "max_tokens: -3"),
    ("1.5e-7", "-1.5e-7"),
    ("1.5e-7", ".nan"),
    ("1.5e-7", "cheap"),
    ("1.5e-7", "false"),
    ("output_cost_per_token: 0", "cache_read_input_token_cost: -1"),
    ("context_tokens: 128000", "context_tokens: 0"),
    ("context_tokens: 128000", "context_tokens: yes"),
    ("temperature: 0", "n: 0"),
    ("1.5e-7", "0.15"),
    ("output_cost_per_token: 0", "cache_read_input_token_cost: 3"),
    ("rpm: 500", "rpm: many"),
    ("concurrency: 16", "concurrency: 0"),
]

PARAMETERS = [
    ("timeout: 12.5", f"{name}: {value}")
    for name, values in {
        "api_base": ("localhost:8000", "5", "no address", "'http://'", "ftp://there", "'http://there:99999'"),
        "base_url": ("127.0.0.1/v1",),
        "extra_body": ("5", "[a]"),
        "extra_headers": ("[a]", "a"),
        "messages": ("[]",),
    }.items()
    for value in values
] + [("provider_limits: {openai:", "provider_limits: {opnai:"), ("temperature: 0", "rpm: 60")]


def _pool(tmp_path: Path, content: str | bytes) -> str:
    path = tmp_path / "mine.yaml"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return str(path)


def _refusal(name: str) -> str:
    with pytest.raises(UserError) as caught:
        load_pool(name)
    assert name in str(caught.value)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_a_good_pool_is_read_whatever_its_encoding(tmp_path: Path) -> None:
    for encoding in ("utf-8", "utf-8-sig", "utf-16"):
        assert load_pool(_pool(tmp_path, GOOD.replace("mine", f"mîne {encoding}").encode(encoding))).models == [
            "a",
            "b",
            "c",
        ]


@pytest.mark.parametrize(("good", "bad"), PARAMETERS)
def test_what_cannot_be_sent_is_refused(good: str, bad: str, tmp_path: Path) -> None:
    assert good in GOOD
    name = re.findall(r"\w+", bad)[0]
    assert name in _refusal(_pool(tmp_path, GOOD.replace(good, bad, 1)))


@pytest.mark.parametrize("content", ["", "null", "- a", "a", "5"])
def test_a_file_without_a_mapping_is_told_how_one_begins(content: str, tmp_path: Path) -> None:
    assert "write lines like `model_list: ...`" in _refusal(_pool(tmp_path, content))


@pytest.mark.parametrize(("good", "bad"), AMOUNTS)
def test_an_amount_without_meaning_is_refused(good: str, bad: str, tmp_path: Path) -> None:
    assert good in GOOD
    said = _refusal(_pool(tmp_path, GOOD.replace(good, bad)))
    assert re.search(r"yaml(, line [67]: model_list.*)?: .*has to be a (whole )?number", said)


@pytest.mark.parametrize(
    ("good", "bad", "words"),
    [
        ("openai/gpt-4o-mini", "opnai/gpt-4o-mini", "line 6: nobody knows the provider of model 'a'"),
        ("openai/gpt-4o-mini", "nosuchmodel", "line 6: nobody knows the provider of model 'a'"),
        ("model: hosted_vllm/b", "model: [x]", "line 8: .*litellm_params.model"),
        ("model_name: b", "model_name: a", "occurs twice"),
        ("aggregator: a", "aggregator: z", "line 2: aggregator 'z' is not in model_list"),
        ("aggregator: a", "aggregator: a\naggregators: [z]", "aggregator 'z'"),
        ("{openai: {rpm: 500, concurrency: 16}}", "fast", "provider_limits has to be"),
        ("model_list:", "model_list: []\nothers:", "line 4: model_list"),
        ("title: mine", "title: {a: *title}", "line 1 .*alias"),
        ("title: mine", "title: 'mine", "line "),
        ("title: mine", "title: 2024-99-99", "line 1 .*no such date"),
        ("title: mine", f"title: {'9' * 5000}", "line 1 .*number"),
        ("title: mine", "7: mine", "line 1: 7: "),
        ("api_base: http", "api_bsae: http", "line 9: .*did you mean 'api_base'"),
        ("rpm: 50", "rpms: 50", "line 6: .*did you mean 'rpm'"),
        ("timeout: 12.5", "api_key: os.enviro/KEY", "api_key looks like a slip in os.environ/NAME"),
        ("title: mine", "title: !!int abc", "not valid YAML"),
        ("title: mine", "title: !!python/object:os.system x", "line 1"),
        ("title: mine", "more: !!set {a}", "neither text"),
        ("title: mine", "more: 99999999999999999999999", "line 1 .*as large as this"),
        ("title: mine", "more: &more [*more]", "repeats"),
        ("title: mine", "more: &more {a: *more}", "repeats"),
        ("title: mine", "more: " + "[" * 5000 + "]" * 5000, "not valid YAML"),
    ],
)
def test_what_is_wrong_is_said(good: str, bad: str, words: str, tmp_path: Path) -> None:
    assert good in GOOD
    said = _refusal(_pool(tmp_path, GOOD.replace(good, bad)))
    assert re.search(words, said), said


def test_a_key_may_stand_once_and_change_what_is_merged(tmp_path: Path) -> None:
    merged = "deep: {within: &more {<<: &less {a: 1, b: 2}, a: 3}}\nlast: {<<: *more, b: 4}\n"
    path = Path(_pool(tmp_path, merged))
    assert read_yaml(path)["last"] == {"a": 3, "b": 4}
    path.write_text("a: 1\nb: {c: 1, c: 2}\n")
    with pytest.raises(UserError, match=r"line 2 .*'c' is there twice"):
        read_yaml(path)


def test_a_small_file_cannot_mean_a_huge_one(tmp_path: Path) -> None:
    levels = [f"l{at}: &l{at} [{', '.join([f'*l{at - 1}'] * 10)}]" for at in range(1, 12)]
    assert "repeats" in _refusal(_pool(tmp_path, "\n".join(["l0: &l0 [x]", *levels, GOOD])))


@pytest.mark.parametrize(
    "content", [b"title: caf\xe9\n", b"\xff\xfe\x00", b"title: \x00\n", b"PK\x03\x04\x81\x82", b"", b"- a", b"x"]
)
def test_what_is_no_text_or_no_pool_is_refused(content: bytes, tmp_path: Path) -> None:
    _refusal(_pool(tmp_path, content))


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "folder.yaml"
    folder.mkdir()
    dangling = tmp_path / "dangling.yaml"
    dangling.symlink_to(tmp_path / "nowhere")
    for path in (folder, dangling, tmp_path / "missing.yaml"):
        _refusal(str(path))


def test_a_folder_among_the_users_own_pools_spoils_only_itself(home: Path) -> None:
    (home / "profiles" / "pools" / "odd.yaml").mkdir(parents=True)
    assert load_pool("example").models
    with pytest.raises(UserError, match="cannot read"):
        load_pool("odd")
