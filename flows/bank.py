"""Split the questions, embed them, and build one question bank per split seed."""

import flows.environment  # noqa: F401
from flows.form import form, run_name
from flows.params import BankParams
from flows.stage import stage
from tasks.bank.task import build_banks, embed_questions, index_questions, split_questions
from tasks.check.task import gate
from tasks.recorded.task import flow


@flow(name="bank", flow_run_name=run_name)
@form(BankParams)
def bank(params: BankParams) -> dict[str, int]:
    """Embed every question once, index the vectors, keep what each model was worth on every seed's train part."""
    with stage("bank", params) as s:
        embedder = params.embedder or s.run.embedder
        matrix = split_questions(s.run_id, s.run, s.pool)
        vectors = embed_questions(s.run_id, matrix.questions["text"].to_list(), embedder)
        index = index_questions(s.run_id, s.run, s.pool, embedder, matrix, vectors)
        build_banks(s.run_id, s.run, s.pool, embedder, matrix, vectors, index)
        s.load()
        gate("bank", s.run_id, s.run.datasets)
    return dict(s.rows)
