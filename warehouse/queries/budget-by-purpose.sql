-- where does the money go? one row per run and purpose, newest run first
select
    max(spending.last_at) as last_at,
    spending.profile,
    spending.purpose,
    sum(spending.n_call)::bigint as n_call,
    sum(spending.n_failed)::bigint as n_failed,
    sum(spending.prompt_tokens)::bigint as prompt_tokens,
    sum(spending.completion_tokens)::bigint as completion_tokens,
    sum(spending.cost_usd) as cost_usd,
    sum(spending.at_most_usd) as at_most_usd,
    sum(spending.n_unknown_cost)::bigint as n_unknown_cost,
    spending.run_id
from spending
where coalesce(spending.profile = getvariable('profile'), true)
group by spending.run_id, spending.profile, spending.purpose
order by max(max(spending.last_at)) over (partition by spending.run_id) desc, spending.purpose asc;
