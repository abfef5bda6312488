-- one row per (dataset, variant, model) with imported answers or labels, of the datasets $names (of $source, null: any)
with wanted as (
    select
        dataset.dataset,
        dataset.variant,
        count(*) as n_question
    from dataset
    inner join question on dataset.dataset = question.dataset and dataset.variant = question.variant
    where dataset.source = coalesce($source, dataset.source) and dataset.dataset in (select unnest($names))
    group by all
),

recorded as (
    select
        response.question_id,
        response.model,
        score.response_id is not null as is_scored
    from response
    left join score on response.response_id = score.response_id and score.mode = 'recorded' and score.score is not null
    where response.source = 'imported' and response.purpose = 'answer'
    union all
    select
        label.question_id,
        label.model,
        true as is_scored
    from label
    where label.provenance like 'imported:%'
),

cell as (
    select
        recorded.question_id,
        recorded.model,
        bool_or(recorded.is_scored) as is_scored
    from recorded
    group by all
)

select
    question.dataset,
    question.variant,
    cell.model,
    any_value(wanted.n_question) as n_question,
    count(*) as n_answered,
    count(*) filter (where cell.is_scored) as n_scored
from cell
inner join question on cell.question_id = question.question_id
inner join wanted on question.dataset = wanted.dataset and question.variant = wanted.variant
group by question.dataset, question.variant, cell.model
order by question.dataset, question.variant, cell.model;
