-- who keeps people waiting? one row per model with measured calls, slowest first
select
    call.asked_model,
    coalesce(any_value(model.provider), 'unknown') as provider,
    count(*) as n_call,
    round(median(call.latency_s), 3) as latency_s_median,
    round(quantile_cont(call.latency_s, 0.95), 3) as latency_s_p95,
    round(max(call.latency_s), 3) as latency_s_most,
    round(sum(call.completion_tokens) / nullif(sum(call.latency_s), 0), 1) as tokens_per_s
from call
left join model on call.asked_model = model.model
where call.error_kind is null and call.latency_s is not null
group by call.asked_model
order by latency_s_median desc, call.asked_model asc;
