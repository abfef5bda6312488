-- one row per (response of the datasets $datasets, scorer that is to judge it): all, or those without a current verdict
-- on today's truth
with
current_scorer as (
    select
        unnest($scorers) as scorer,
        unnest($versions) as version
),

judged_by as (
    select
        dataset.dataset,
        dataset.variant,
        dataset.scorer_options ->> 'model' as judging_model,
        unnest(list_distinct(list_prepend(dataset.scorer, coalesce(dataset.also_scorers, [])))) as scorer
    from dataset
    where in_datasets(dataset.dataset, dataset.variant, $datasets)
),

asked as (
    select
        question.question_id,
        question.dataset,
        judged_by.scorer,
        stg_basis.basis,
        current_scorer.version || case
            when list_contains($judges, judged_by.scorer) then '/' || judged_by.judging_model
            else ''
        end as version
    from question
    inner join judged_by on question.dataset = judged_by.dataset and question.variant = judged_by.variant
    inner join current_scorer on judged_by.scorer = current_scorer.scorer
    inner join stg_basis on question.question_id = stg_basis.question_id
),

wanted as (
    select
        response.response_id,
        asked.dataset,
        response.created_at,
        asked.scorer,
        asked.basis,
        asked.version
    from response
    inner join asked on response.question_id = asked.question_id
    where
        response.purpose in ('answer', 'aggregate')
        and coalesce(response.finish_reason, '') <> 'not_recorded' -- nobody can judge a text that is not there
),

-- an inner join: with this condition on their bases any other compares every answer with every score
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
    where not $rescore and coalesce(score.basis, wanted.basis) = wanted.basis
)

select
    wanted.response_id,
    wanted.dataset,
    wanted.scorer,
    wanted.created_at,
    wanted.basis
from wanted
anti join judged on wanted.response_id = judged.response_id and wanted.scorer = judged.scorer
-- those that are read together came together: the texts of few others are read with them
order by wanted.dataset, wanted.created_at, wanted.response_id, wanted.scorer;
