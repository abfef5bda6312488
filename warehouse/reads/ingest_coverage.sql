-- one row per (dataset, variant, model) of source $source with imported answers, of the datasets named $names
with wanted as (
    select
        dataset.dataset,
        dataset.variant,
        count(*) as n_question
    from dataset
    inner join question on dataset.dataset = question.dataset and dataset.variant = question.variant
    where dataset.source = $source and dataset.dataset in (select unnest($names))
    group by all
),

answered as (
    select
        question.dataset,
        question.variant,
        response.model,
        count(distinct response.question_id) as n_answered,
        count(distinct score.response_id) as n_scored
    from response
    inner join question on response.question_id = question.question_id
    left join score on response.response_id = score.response_id and score.mode = 'recorded' and score.score is not null
    where response.source = 'imported' and response.purpose = 'answer'
    group by all
)

select
    answered.dataset,
    answered.variant,
    answered.model,
    wanted.n_question,
    answered.n_answered,
    answered.n_scored
from answered
inner join wanted on answered.dataset = wanted.dataset and answered.variant = wanted.variant
order by answered.dataset, answered.variant, answered.model;
