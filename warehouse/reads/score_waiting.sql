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
)

select
    response.response_id,
    judged_by.scorer
from response
inner join question on response.question_id = question.question_id
inner join judged_by on question.dataset = judged_by.dataset and question.variant = judged_by.variant
inner join stg_basis on question.question_id = stg_basis.question_id
left join current_scorer on judged_by.scorer = current_scorer.scorer
left join score
    on
        response.response_id = score.response_id
        and judged_by.scorer = score.scorer
        and current_scorer.version || case
            when list_contains($judges, judged_by.scorer) then '/' || judged_by.judging_model
            else ''
        end = score.scorer_version
        and coalesce(score.basis, stg_basis.basis) = stg_basis.basis
where
    response.purpose in ('answer', 'aggregate')
    and ($rescore or score.response_id is null)
    and exists (
        select 1
        from unnest($datasets) as wanted (pattern)
        where question.dataset glob wanted.pattern
    )
order by question.dataset, question.question_id, response.response_id, judged_by.scorer;
