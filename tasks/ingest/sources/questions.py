"""Plain question files: Parquet, JSONL or CSV, one row per question; models are asked by collect."""

from pydantic import Field

from profiles.load import load_datasets, own_datasets
from tasks.ingest.files import table_files
from tasks.ingest.question_files import Reading, question_file
from tasks.ingest.registry import Plan, Request, SourceOptions, sources


class QuestionOptions(SourceOptions):
    """Options of the source `questions`."""

    columns: dict[str, str] = Field(default_factory=dict, description="our column name → the file's")


@sources.register("questions")
def questions(request: Request) -> Plan:
    """Questions with what judging needs: ground truth, options, tests with entry point, constraints, people.

    Only `question` is required. `part` is the user's own train, validation or test part, for the splitter `file`; where
    it lacks, the dataset's rule says it, for benchmarks in their published layout. The dataset defaults to the file's
    name, the key to the hash of the question's text. How a dataset is judged is said by a file in `profiles/datasets`;
    the prompt template of the user's own one counts for rows without a `prompt` (packaged ones are for the source
    `hub`).

    Raises:
        UserError: nothing readable at the path, a column that is missing, an unknown option.
    """
    options = request.parse(QuestionOptions)
    files, odd = table_files(request.existing("a Parquet, JSONL or CSV file of questions"))
    known, own = load_datasets(), list(own_datasets().values())
    reading = Reading(options.columns, own, known)
    read = [question_file(file, request, reading) for file in files]
    return Plan(tuple(read), tuple(odd), specifications=tuple(known), synthetic=options.synthetic)
