-- one row per run that called a model: what its calls cost; by purpose and model it is in view spending
create or replace view run_cost as
select
    spending.run_id,
    spending.profile,
    any_value(run.flow) as flow,
    any_value(run.status) as status,
    any_value(run.started_at) as started_at,
    sum(spending.n_call)::bigint as n_call,
    sum(spending.n_failed)::bigint as n_failed,
    sum(spending.prompt_tokens)::bigint as prompt_tokens,
    sum(spending.completion_tokens)::bigint as completion_tokens,
    sum(spending.cost_usd) as cost_usd, -- US dollars, as far as they are known
    sum(spending.at_most_usd) as at_most_usd,
    sum(spending.n_unknown_cost)::bigint as n_unknown_cost
from spending
left join run on spending.run_id = run.run_id
group by spending.run_id, spending.profile;
