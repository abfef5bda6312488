-- one row per (dataset, variant, model) with imported answers or labels, of the datasets $names (of $source, null: any)
with wanted as (
    select
        question.question_id,
        question.dataset,
        question.variant,
        count(*) over (partition by question.dataset, question.variant) as n_question
    from question
    inner join dataset on question.dataset = dataset.dataset and question.variant = dataset.variant
    where dataset.source = coalesce($source, dataset.source) and dataset.dataset in (select unnest($names))
),

recorded as (
    select
        response.question_id,
        response.model,
        score.response_id is not null as is_scored
    from response
    inner join wanted on response.question_id = wanted.question_id
    left join score on response.response_id = score.response_id and score.mode = 'recorded' and score.score is not null
    where response.source = 'imported' and response.purpose = 'answer'
    union all
    select
        label.question_id,
        label.model,
        true as is_scored
    from label
    inner join wanted on label.question_id = wanted.question_id
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
    wanted.dataset,
    wanted.variant,
    cell.model,
    any_value(wanted.n_question) as n_question,
    count(*) as n_answered,
    count(*) filter (where cell.is_scored) as n_scored
from cell
inner join wanted on cell.question_id = wanted.question_id
group by wanted.dataset, wanted.variant, cell.model
order by wanted.dataset, wanted.variant, cell.model;
