-- one row per response of the datasets $datasets that a scorer is to judge: all, or those without a current verdict
-- on today's truth
with
current_scorer as (
    select
        unnest($scorers) as scorer,
        unnest($versions) as version
)

select
    response.response_id,
    dataset.scorer
from response
inner join question on response.question_id = question.question_id
inner join dataset on question.dataset = dataset.dataset and question.variant = dataset.variant
inner join stg_basis on question.question_id = stg_basis.question_id
left join current_scorer on dataset.scorer = current_scorer.scorer
left join score
    on
        response.response_id = score.response_id
        and dataset.scorer = score.scorer
        and current_scorer.version = score.scorer_version
        and score.mode = 'fixed'
        and coalesce(score.basis, stg_basis.basis) = stg_basis.basis
where
    dataset.scorer is not null
    and response.purpose in ('answer', 'aggregate')
    and ($rescore or score.response_id is null)
    and exists (
        select 1
        from unnest($datasets) as wanted (pattern)
        where question.dataset glob wanted.pattern
    )
order by question.dataset, question.question_id, response.response_id;
