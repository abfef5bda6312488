-- one row per (response, scorer, scorer version, mode): verdicts of before rest on what is known now
update score
set
    basis = md5(concat_ws(
        chr(31),
        coalesce(question.ground_truth, chr(30)),
        coalesce(question.metadata::varchar, chr(30)),
        coalesce(dataset.scorer_options::varchar, chr(30))
    ))
from response, question, dataset
where
    score.mode = 'fixed'
    and score.response_id = response.response_id
    and response.question_id = question.question_id
    and question.dataset = dataset.dataset
    and question.variant = dataset.variant;
