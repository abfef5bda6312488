-- one row per model: how those of its answers to $datasets that count were judged, in mode $mode or the next
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
    stg_current.model,
    count(*) as n_answer,
    count(*) filter (where stg_current.finish_reason = 'not_recorded') as n_without_text,
    count(preferred.verdict) as n_judged,
    round(100 * avg(preferred.score), 1) as percent_correct,
    count(*) filter (where preferred.verdict = 'no_answer') as n_no_answer,
    round(100 * avg((preferred.verdict = 'no_answer')::integer), 2) as percent_no_answer,
    count(*) filter (where preferred.verdict = 'timeout') as n_timeout,
    count(*) filter (where preferred.verdict = 'unjudged') as n_unjudged
from stg_current
inner join dataset on stg_current.dataset = dataset.dataset and stg_current.variant = dataset.variant
left join preferred on stg_current.response_id = preferred.response_id
where
    dataset.scorer is not null
    and in_datasets(stg_current.dataset, stg_current.variant, $datasets)
group by stg_current.model
order by percent_no_answer desc nulls last, stg_current.model asc;
