"""docs/datasets.md, written from profiles/datasets."""

from pathlib import Path

import yaml

from profiles.schema import Dataset

DOCUMENT = Path(__file__).parents[1] / "docs" / "datasets.md"
_HEAD = """# Datasets

Written by `make docs` from `profiles/datasets`: change it there. `concertino datasets` says which of them are here. A
dataset of your own is one such file in `CONCERTINO_HOME/profiles/datasets` and a file of questions
([how](howto/dataset.md)). Questions are never part of this project: they come from recorded results, or from a file
in the layout in which the benchmark publishes them. Nothing is downloaded from a hub yet: hub names below say where to
get the file.

Not exercised against the originals: hub files (their layouts were, with samples), the released results of
LLMRouterBench, and judges of real models: `hle` and `simpleqa` name none, for that is a choice of who pays
(`scorer: hle`, `scorer_options: {model: ...}`); `arenahard` has no judge yet.

| dataset | | category | questions | licence | scorer | metric | source |
| --- | --- | --- | ---: | --- | --- | --- | --- |
"""


def render() -> str:
    """The document: one line per specification."""
    lines = []
    files = Path(__file__).with_name("datasets").glob("*.yaml")
    packaged = [Dataset.model_validate(yaml.safe_load(path.read_text())) for path in files]
    for one in sorted(packaged, key=lambda one: one.match):
        scorers = ", ".join(f"`{name}`" for name in [one.scorer, *one.also_scorers] if name)
        size = f"{one.size:,}" if one.size else None
        cells = [f"`{one.match}`", one.title, one.category, size, one.licence, scorers, one.metric, one.source]
        lines.append("| " + " | ".join((cell or "").replace("|", "\\|") for cell in cells) + " |\n")
    return _HEAD + "".join(lines)


if __name__ == "__main__":
    DOCUMENT.write_text(render())
