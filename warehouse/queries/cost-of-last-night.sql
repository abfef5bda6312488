-- what did the last night cost? one row per purpose and model of the last decided run, dearest first
select
    spending.purpose,
    spending.asked_model as model,
    spending.n_call,
    spending.n_failed,
    round(spending.cost_usd, 6) as cost_usd,
    round(spending.at_most_usd, 6) as at_most_usd,
    spending.n_unknown_cost,
    spending.run_id
from spending
where
    spending.run_id = (
        select arg_max(decision.run_id, decision.created_at)
        from decision
        where coalesce(decision.profile = getvariable('profile'), true)
    )
order by spending.cost_usd desc nulls last, spending.purpose asc, spending.asked_model asc;
