"""How DuckDB does what grows with the answers."""

import json
from pathlib import Path
from typing import Any

from warehouse.connect import connection
from warehouse.migrate import sql_files


def test_waiting_answers_are_not_compared_with_every_score(home: Path) -> None:
    """By a nested loop 400,000 answers take a quarter of an hour, by a hash join two seconds."""
    names = {"datasets": ["d"], "scorers": ["choice"], "versions": ["1"], "judges": ["hle"], "rescore": False}
    with connection("explaining") as con:
        found = con.execute(f"explain (format json) {sql_files('reads')['score_waiting']}", names).fetchall()

    def loops(node: dict[str, Any]) -> list[str]:
        own = [str(node["extra_info"])] if "NL_JOIN" in node["name"] else []
        return own + [one for child in node["children"] for one in loops(child)]

    assert [one for one in loops(json.loads(found[0][1])[0]) if "response_id" in one] == []
