-- one row per response of $responses that came between $first and $last, with what judging it needs
select
    response.response_id,
    response.text,
    question.question_id,
    question.text as question,
    question.ground_truth,
    question.metadata,
    dataset.scorer,
    dataset.scorer_options,
    stg_basis.basis
from response
inner join question on response.question_id = question.question_id
inner join dataset on question.dataset = dataset.dataset and question.variant = dataset.variant
inner join stg_basis on question.question_id = stg_basis.question_id
where
    response.created_at between $first and $last -- spares reading the texts of all others
    and response.response_id in (select wanted.id from unnest($responses) as wanted (id));
