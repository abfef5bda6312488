-- one row per response of $responses that came between $first and $last to questions of $datasets, with what judging
-- it needs
with
wanted as materialized (
    select
        response.response_id,
        response.text,
        response.question_id
    from response
    where
        response.created_at between $first and $last -- spares reading the texts of all others
        and response.response_id in (select asked.id from unnest($responses) as asked (id))
)

select
    wanted.response_id,
    wanted.text,
    question.question_id,
    question.text as question,
    question.ground_truth,
    question.metadata,
    dataset.scorer,
    dataset.scorer_options
from wanted
inner join question on wanted.question_id = question.question_id
inner join dataset on question.dataset = dataset.dataset and question.variant = dataset.variant
where question.dataset in (select unnest($datasets)); -- spares reading the texts of all others
