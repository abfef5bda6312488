import json
import tracemalloc
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.ingest.formats.json import json_records
from tasks.ingest.quarantine import Reject, Unreadable

SCALARS = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(st.characters(exclude_categories=["Cs"]))
RECORDS = st.lists(
    st.dictionaries(st.text('abcäß"\\{}[]\n', max_size=4), SCALARS, max_size=3).map(
        lambda more: {"question": "q"} | more
    ),
    min_size=1,
    max_size=5,
)


def written(path: Path, records: list[dict[str, Any]], form: str, indent: int | None = None) -> Path:
    keyed = {str(number): record for number, record in enumerate(records)}
    lines = "\n".join(json.dumps(record) for record in records)
    text = {"jsonl": lines, "array": json.dumps(records, indent=indent), "object": json.dumps(keyed, indent=indent)}
    path.write_text(text[form])
    return path


@settings(max_examples=60, deadline=None)
@given(RECORDS, st.sampled_from(["jsonl", "array", "object"]), st.sampled_from([None, 1]))
def test_all_three_forms_give_the_records(tmp_path_factory, records, form, indent):
    path = written(tmp_path_factory.mktemp("stream") / "bank.json", records, form, indent)
    found = list(json_records(path))
    assert [record for _, record in found] == records
    assert len({key for key, _ in found}) == len(records)


def test_a_line_whose_first_member_is_an_object_is_still_a_line(tmp_path: Path):
    records = [{"model_res": {"m": {"is_correct": True}}, "question": str(i)} for i in range(3)]
    assert [one for _, one in json_records(written(tmp_path / "bank.json", records, "jsonl"))] == records


def test_bad_lines_and_elements_are_named_and_the_rest_is_read(tmp_path: Path):
    (tmp_path / "a").write_text('{"question": 1}\n\n{not json\n[1]\n{"question": 2}')
    found = list(json_records(tmp_path / "a"))
    reasons = [one.reason if isinstance(one, Reject) else one["question"] for _, one in found]
    assert reasons == [1, "unparsable_line", "malformed_record", 2]
    assert [key for key, _ in found] == ["row 1", "row 3", "row 4", "row 5"]
    (tmp_path / "b").write_text('[{"question": 1}, 7]')
    assert [getattr(one, "reason", one) for _, one in json_records(tmp_path / "b")] == [
        {"question": 1},
        "malformed_record",
    ]


def test_a_file_cut_off_gives_what_came_before(tmp_path: Path):
    (tmp_path / "cut").write_text('{"0": {"question": "a"}, "1": {"question": "b')
    records = json_records(tmp_path / "cut")
    assert next(records) == ("key 0", {"question": "a"})
    with pytest.raises(Unreadable) as error:
        next(records)
    assert error.value.reason == "unparsable_file"


@pytest.mark.parametrize("form", ["jsonl", "object"])
def test_memory_does_not_grow_with_the_file(tmp_path: Path, form: str):
    records = [{"question": str(number), "embedding": [0.1234567890123] * 4096} for number in range(100)]
    path = written(tmp_path / "bank.json", records, form)
    del records
    tracemalloc.start()
    try:
        assert sum(1 for _ in json_records(path)) == 100
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert path.stat().st_size > 6_000_000
    assert peak < 3_000_000


@pytest.mark.parametrize("form", ["jsonl", "array", "object"])
def test_a_byte_order_mark_is_part_of_nothing_wherever_it_stands(tmp_path: Path, form: str) -> None:
    records = [{"question": "q"}, {"question": "\ufeffr"}]
    text = written(tmp_path / "bank.json", records, form).read_text()
    marked = text.replace(', {"q', ',\ufeff {"q').replace(', "1"', ', \ufeff"1"\ufeff')
    (tmp_path / "bank.json").write_text(f" \n\ufeff{marked}\ufeff\n\ufeff")
    assert [record for _, record in json_records(tmp_path / "bank.json")] == records
