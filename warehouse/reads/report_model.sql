-- one row per model with answers to the tested questions of run $run: latency, answers that give or say nothing
with
tested as (
    select distinct outcome.question_id
    from outcome
    where outcome.run_id = $run
),

filtered as (
    select
        stg_filtered.model,
        count(*) as n
    from stg_filtered
    inner join tested on stg_filtered.question_id = tested.question_id
    group by stg_filtered.model
)

select
    stg_current.model,
    median(stg_current.latency_s) as latency_s_median,
    quantile_cont(stg_current.latency_s, 0.95) as latency_s_p95,
    avg(stg_refusal.gave_none::integer) as no_answer_share,
    (count(*) filter (where stg_refusal.refused) + coalesce(any_value(filtered.n), 0))
    / nullif(count(stg_refusal.refused) + coalesce(any_value(filtered.n), 0), 0) as refusal_share
from stg_current
inner join tested on stg_current.question_id = tested.question_id
left join stg_refusal
    on
        stg_current.response_id = stg_refusal.response_id
        and stg_current.question_id = stg_refusal.question_id
        and stg_current.model = stg_refusal.model
left join filtered on stg_current.model = filtered.model
group by stg_current.model;
