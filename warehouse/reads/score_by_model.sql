-- one row per model that answered the datasets $datasets: how its answers were judged, in mode $mode or the next
with
preferred as (
    select
        stg_verdict.response_id,
        stg_verdict.score,
        stg_verdict.verdict
    from stg_verdict
    inner join stg_mode on stg_verdict.mode = stg_mode.mode
    where stg_mode.is_ours
    qualify
        row_number() over (
            partition by stg_verdict.response_id
            order by stg_verdict.mode = $mode desc, stg_mode.place asc
        ) = 1
)

select
    response.model,
    count(*) as n_answer,
    count(*) filter (where response.finish_reason = 'not_recorded') as n_without_text,
    count(preferred.verdict) as n_judged,
    round(100 * avg(preferred.score), 1) as percent_correct,
    count(*) filter (where preferred.verdict = 'no_answer') as n_no_answer,
    round(100 * avg((preferred.verdict = 'no_answer')::integer), 2) as percent_no_answer,
    count(*) filter (where preferred.verdict = 'timeout') as n_timeout,
    count(*) filter (where preferred.verdict = 'unjudged') as n_unjudged
from response
inner join question on response.question_id = question.question_id
inner join dataset on question.dataset = dataset.dataset and question.variant = dataset.variant
left join preferred on response.response_id = preferred.response_id
where
    dataset.scorer is not null
    and response.purpose in ('answer', 'aggregate')
    and exists (
        select 1
        from unnest($datasets) as wanted (pattern)
        where question.dataset glob wanted.pattern
    )
group by response.model
order by percent_no_answer desc nulls last, response.model asc;
