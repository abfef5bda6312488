-- one row per (run, provider, asked model, purpose, error kind): calls, what they cost and how long they took
create or replace view call_error as
select
    call.run_id,
    coalesce(model.provider, 'unknown') as provider,
    call.asked_model,
    call.purpose,
    coalesce(call.error_kind, 'none') as error_kind, -- none: the call succeeded
    count(*) as n_call,
    count(*) filter (where call.attempt > 1) as n_retry,
    sum(call.cost_usd) as cost_usd, -- as far as it is known
    sum(coalesce(call.cost_usd, call.bound_usd)) as at_most_usd,
    count(*) filter (
        where call.cost_usd is null and coalesce(call.error_kind in ('timeout', 'garbage', 'unknown'), true)
    ) as n_unknown_cost,
    median(call.latency_s) as latency_s_median,
    quantile_cont(call.latency_s, 0.95) as latency_s_p95,
    arg_max(call.error_message, call.started_at) as last_message,
    min(call.started_at) as first_at,
    max(call.started_at) as last_at
from call
left join model on call.asked_model = model.model
group by call.run_id, model.provider, call.asked_model, call.purpose, call.error_kind;
