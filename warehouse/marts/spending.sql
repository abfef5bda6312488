-- one row per (run, purpose, model): what was spent, and on what
create or replace view spending as
select
    call.run_id,
    run.profile,
    call.purpose,
    call.asked_model,
    count(*) as n_call,
    count(call.error_kind) as n_failed,
    sum(call.prompt_tokens)::bigint as prompt_tokens,
    sum(call.completion_tokens)::bigint as completion_tokens,
    sum(call.cache_read_tokens)::bigint as cache_read_tokens, -- part of prompt_tokens, as far as providers tell
    sum(call.cache_write_tokens)::bigint as cache_write_tokens, -- part of prompt_tokens, as far as providers tell
    sum(call.reasoning_tokens)::bigint as reasoning_tokens, -- part of completion_tokens, as far as providers tell
    sum(call.cost_usd) as cost_usd, -- as far as it is known
    sum(call.cost_usd) filter (where call.error_kind is not null) as failed_cost_usd,
    sum(coalesce(call.cost_usd, call.bound_usd)) as at_most_usd,
    count(*) filter (
        where call.cost_usd is null and coalesce(call.error_kind in ('timeout', 'garbage', 'unknown'), true)
    ) as n_unknown_cost,
    sum(call.cost_usd) filter (where call.cost_source = 'estimated') as estimated_cost_usd,
    min(call.started_at) as first_at,
    max(call.started_at) as last_at
from call
left join run on call.run_id = run.run_id
group by call.run_id, run.profile, call.purpose, call.asked_model;
