-- one row per model with answers to the tested questions of run $run: latency, answers that give or say nothing
with
tested as (
    select distinct outcome.question_id
    from outcome
    where outcome.run_id = $run
)

select
    stg_current.model,
    median(stg_current.latency_s) as latency_s_median,
    quantile_cont(stg_current.latency_s, 0.95) as latency_s_p95,
    avg(stg_refusal.gave_none::integer) as no_answer_share,
    avg(stg_refusal.refused::integer) as refusal_share
from stg_current
inner join tested on stg_current.question_id = tested.question_id
left join stg_refusal
    on
        stg_current.response_id = stg_refusal.response_id
        and stg_current.question_id = stg_refusal.question_id
        and stg_current.model = stg_refusal.model
group by stg_current.model;
