-- which calls fail, and why? one row per provider, model and error kind
select
    call_error.provider,
    call_error.asked_model,
    call_error.error_kind,
    sum(call_error.n_call)::bigint as n_call,
    round(
        100 * sum(call_error.n_call)
        / sum(sum(call_error.n_call)) over (partition by call_error.provider, call_error.asked_model),
        2
    ) as percent_of_model,
    sum(call_error.cost_usd) as cost_usd,
    max(call_error.last_at) as last_at,
    arg_max(call_error.last_message, call_error.last_at) as last_message
from call_error
group by call_error.provider, call_error.asked_model, call_error.error_kind
order by (call_error.error_kind = 'none') asc, n_call desc, call_error.asked_model asc, call_error.error_kind asc;
