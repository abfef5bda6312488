"""docs/datasets.md, written from profiles/datasets."""

from pathlib import Path

import yaml

from profiles.dataset import Dataset

DOCUMENT = Path(__file__).parents[1] / "docs" / "datasets.md"
_HEAD = """# Datasets

Written by `make docs` from `profiles/datasets`: change it there. `concertino datasets` says which of them are here. A
dataset of your own is one such file in `CONCERTINO_HOME/profiles/datasets` and a file of questions
([how](howto/dataset.md)). Questions are never part of this project: they come from recorded results, from a file in
the layout in which the benchmark publishes them, or from the Hugging Face hub, for the datasets below that name a
repository:

    concertino ingest hub --option.datasets mbpp,humaneval
    concertino ingest hub FOLDER --option.datasets mbpp     (FOLDER is a copy of that repository)

Not exercised against the originals: the hub itself (a local server in its place), hub files (their layouts were, with
samples; of KOR-Bench a clone was read, 1,250 questions, 1,249 of whose published answers are judged right, and the 400
tasks of ARC-AGI in that layout, 400 of 400), the released results of LLMRouterBench, and judges of real models: `hle`,
`simpleqa` and `arenahard` name none, for that is a choice of who pays (`scorer: hle`, `scorer_options: {model: ...}`).
`korbench` is to be cloned from where its name in the table leads. Revisions were seen in public code that pins them, or
on stored pages of the hub; so were the file names and columns of `aime`, `arc-agi`, `arenahard`, `bbh`, `finqa`,
`gpqa`, `hle`, `korbench`, `math`, `medmcqa`, `medqa` and `simpleqa` (but for the names of `gpqa`'s and `hle`'s files);
the rest of both is from memory. A repository may hold more than a reference system took of it: its number then stands
with the source, and a count that is another is noted at ingest as `odd_size`. Licences are the tags of stored hub pages
for `aime`, `aime-1983-2023`, `bbh`, `kandk`, `livecodebench`, `livemathbench`, `medmcqa`, `medqa` and `simpleqa`, the
licence files of the repositories of `emorynlp` and `korbench`, else from memory: look them up before you rely on them.

A row without a prompt of its own is asked by its dataset's template (own wording, in the benchmark's shape): the source
`hub` fills in those below, `questions` only those of your own files. What was sent is kept with the question; after an
ingest with another template it is asked anew. SMCS's n is the number of reference models per question. LLMRouterBench
has no banks: it divides every dataset by the splitter `reference`, train share 0.7.

| dataset | | category | questions | licence | scorer | metric | source |
| --- | --- | --- | ---: | --- | --- | --- | --- |
"""
_RULES = """
## How they are asked

| dataset | hub repository | revision | worked examples | bank and test of SMCS | n |
| --- | --- | --- | --- | --- | ---: |
"""


def render() -> str:
    """The document: what each specification is, by which rules it is asked, and its template."""
    files = Path(__file__).with_name("datasets").glob("*.yaml")
    packaged = sorted((Dataset.model_validate(yaml.safe_load(path.read_bytes())) for path in files), key=_name)
    asked = [one for one in packaged if one.prompt or one.bank or one.hub]
    templates = "".join(
        f"\n### {_name(one)}\n\n````jinja\n{one.prompt.rstrip()}\n````\n" for one in asked if one.prompt
    )
    facts, rules = "".join(map(_facts, packaged)), "".join(map(_rules, asked))
    return f"{_HEAD}{facts}{_RULES}{rules}\n## Templates\n{templates}"


def _name(one: Dataset) -> str:
    return one.match


def _facts(one: Dataset) -> str:
    scorers = ", ".join(f"`{name}`" for name in [one.scorer, *one.also_scorers] if name)
    size = f"{one.size:,}" if one.size else None
    return _line(f"`{one.match}`", one.title, one.category, size, one.licence, scorers, one.metric, one.source)


def _rules(one: Dataset) -> str:
    hubs, revisions = ([getattr(place, name) or "none known" for place in one.hub] for name in ("id", "revision"))
    n = str(one.smcs_n) if one.smcs_n else None
    return _line(f"`{one.match}`", ", ".join(hubs), ", ".join(revisions), one.few_shot, one.bank, n)


def _line(*cells: str | None) -> str:
    return "| " + " | ".join((cell or "").replace("|", "\\|") for cell in cells) + " |\n"


if __name__ == "__main__":
    DOCUMENT.write_text(render(), encoding="utf-8")
