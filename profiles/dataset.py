"""Shape of a dataset's YAML file: what a benchmark is, how its questions are asked and how answers are judged."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field


class Beside(BaseModel):
    """A column from other files of the repository: of their rows the first `n` that belong to the question."""

    model_config = ConfigDict(extra="forbid")

    files: str = Field(min_length=1, description="glob of their files in the repository; {split} is the question's")
    n: int = Field(1, ge=1, description="how many, an empty line between two")
    alike: str = Field(min_length=1, description="column whose value they share with the question")
    key: str | None = Field(None, min_length=1, description="what that column is called in these files; null: the same")
    text: str = Field(description="template of one, over its columns")


class Hub(BaseModel):
    """Where a benchmark's questions are on the Hugging Face hub."""

    model_config = ConfigDict(extra="forbid")

    id: str = Field(
        min_length=1, description="owner/name there; or the address of a repository elsewhere, to be cloned"
    )
    revision: str | None = Field(None, description="commit; null: none is known, the newest is taken and named")
    files: dict[str, str] = Field(min_length=1, description="split → glob of its files in the repository")
    size: int | None = Field(None, ge=1, description="rows of these files that count; null: the dataset's size")
    columns: dict[str, str] = Field(default_factory=dict, description="our column name → the files'")
    values: dict[str, str] = Field(
        default_factory=dict, description="our column name → template over the files', those before it, and `row_key`"
    )
    beside: dict[str, Beside] = Field(
        default_factory=dict,
        description="column → rows of other files, such as worked `examples`; a row's own goes first",
    )


def _listed(given: Any) -> Any:
    return [given] if isinstance(given, dict) else given


class Dataset(BaseModel):
    """How datasets whose name matches a pattern are asked and judged. Templates are Jinja's, over a row's columns."""

    model_config = ConfigDict(extra="forbid", protected_namespaces=())

    match: str = Field(min_length=1, description="glob over dataset names, such as mmlu-pro-*")
    title: str = ""
    category: str | None = Field(None, description="math, code, logic, knowledge, affective, tools, ...")
    scorer: str | None = Field(None, description="name in the scorer registry; null: only imported verdicts")
    also_scorers: list[str] = Field(default_factory=list, description="scorers of other modes that judge too")
    scorer_options: dict[str, Any] = Field(default_factory=dict)
    task: Literal["general", "code"] = Field("general", description="code uses fewer references (top 3)")
    licence: str | None = None
    size: int | None = Field(None, ge=1, description="questions of the published set")
    source: str | None = Field(None, description="where its questions come from")
    hub: Annotated[list[Hub], BeforeValidator(_listed)] = Field(
        [], description="for `concertino ingest hub`; one or several"
    )
    metric: str | None = Field(None, description="what a mean of its scores is called")
    prompt: str | None = Field(None, description="template of what is sent, for rows without a prompt; null: the text")
    few_shot: str | None = Field(None, description="how many worked examples are shown, and whence; null: none")
    bank: str | None = Field(None, description="which questions SMCS keeps as bank and which it tests on")
    part: str | None = Field(None, description="template of train, validation or test, for the splitter `file`")
    smcs_n: int | None = Field(None, ge=1, description="reference models per question in SMCS (n)")


class BrokenDataset(Dataset):
    """What is known of a file that cannot be read: the datasets it is meant for, as far as it says, and why."""

    fault: str
