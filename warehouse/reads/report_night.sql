-- one row per night of the profile $profile up to that of the run $run, the newest first, at most $most
select
    decision.run_id,
    decision.created_at as decided_at,
    decision.verdict,
    decision.system,
    decision.difference,
    decision.ci_low,
    decision.ci_high,
    decision.n,
    decision.n_new,
    decision.n_reused,
    decision_history.worse_models,
    decision_history.cost_usd,
    decision.baseline_run_id
from decision
inner join decision_history on decision.run_id = decision_history.run_id and decision.system = decision_history.system
where
    decision.profile = $profile
    and decision.created_at <= (
        select max(shown.created_at)
        from decision as shown
        where shown.run_id = $run
    )
order by decision.created_at desc
limit $most;
