"""What comments cite of the two reference systems can be read in docs/reference."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
CITED = re.compile(r"(SMCS|LLMRouterBench) reference,\s+(?:#\s+)?sections? (\d[\d.]*)(?: and (\d[\d.]*))?")


def test_every_cited_section_is_there() -> None:
    sections = {
        name: set(
            re.findall(r"^#+ (\d[\d.]*) ", (ROOT / f"docs/reference/{name.lower()}.md").read_text(), re.MULTILINE)
        )
        for name in ("SMCS", "LLMRouterBench")
    }
    sections = {name: {number.rstrip(".") for number in numbers} for name, numbers in sections.items()}
    files = [path for room in ("tasks", "profiles", "tests", "benchmarks") for path in (ROOT / room).rglob("*.py")]
    cited = {
        (match[1], number.rstrip("."))
        for path in files
        for match in CITED.finditer(path.read_text())
        for number in match.groups()[1:]
        if number
    }
    assert len(cited) > 15
    assert {(name, number) for name, number in cited if number not in sections[name]} == set()
