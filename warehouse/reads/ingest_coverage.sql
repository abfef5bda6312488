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

cell as (
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
)

select
    question.dataset,
    question.variant,
    cell.model,
    any_value(wanted.n_question) as n_question,
    count(distinct cell.question_id) as n_answered,
    count(distinct cell.question_id) filter (where cell.is_scored) as n_scored
from cell
inner join question on cell.question_id = question.question_id
inner join wanted on question.dataset = wanted.dataset and question.variant = wanted.variant
group by question.dataset, question.variant, cell.model
order by question.dataset, question.variant, cell.model;
