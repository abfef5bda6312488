-- one row per (response of the datasets $datasets, scorer that is to judge it): all, or those without a current verdict
-- on today's truth
with
judged_by as (
    select
        dataset.dataset,
        dataset.variant,
        dataset.scorer_options ->> 'model' as judging_model,
        unnest(list_distinct(list_prepend(dataset.scorer, coalesce(dataset.also_scorers, [])))) as scorer
    from dataset
),

current_scorer as (
    select
        unnest($scorers) as scorer,
        unnest($versions) as version
),

wanted as (
    select
        response.response_id,
        question.dataset,
        response.created_at,
        judged_by.scorer,
        stg_basis.basis,
        current_scorer.version || case
            when list_contains($judges, judged_by.scorer) then '/' || judged_by.judging_model
            else ''
        end as version
    from response
    inner join question on response.question_id = question.question_id
    inner join judged_by on question.dataset = judged_by.dataset and question.variant = judged_by.variant
    inner join stg_basis on question.question_id = stg_basis.question_id
    left join current_scorer on judged_by.scorer = current_scorer.scorer
    where
        response.purpose in ('answer', 'aggregate')
        and coalesce(response.finish_reason, '') <> 'not_recorded' -- nobody can judge a text that is not there
        and in_datasets(question.dataset, question.variant, $datasets)
),

-- an inner join: with these conditions an outer one compares every answer with every score
judged as (
    select
        wanted.response_id,
        wanted.scorer
    from wanted
    inner join score
        on
            wanted.response_id = score.response_id
            and wanted.scorer = score.scorer
            and wanted.version = score.scorer_version
    where coalesce(score.basis, wanted.basis) = wanted.basis
)

select
    wanted.response_id,
    wanted.scorer,
    wanted.created_at,
    wanted.basis
from wanted
where
    $rescore
    or not exists (
        select 1
        from judged
        where judged.response_id = wanted.response_id and judged.scorer = wanted.scorer
    )
-- those that are read together came together: the texts of few others are read with them
order by wanted.dataset, wanted.created_at, wanted.response_id, wanted.scorer;
