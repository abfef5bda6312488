-- how were the last nights? verdict, change with interval, answers new and reused, cost; the newest first
select
    date_trunc('second', decision_history.decided_at) as night,
    decision_history.profile,
    decision_history.verdict,
    round(decision_history.points, 1) as points,
    round(decision_history.points_low, 1) as low,
    round(decision_history.points_high, 1) as high,
    decision_history.n_question as n,
    decision_history.n_new as new,
    decision_history.n_reused as reused,
    decision_history.worse_models,
    round(decision_history.cost_usd, 4) as cost_usd
from decision_history
where coalesce(decision_history.profile = getvariable('profile'), true)
order by decision_history.decided_at desc
limit 30;
