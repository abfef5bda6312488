-- which system is best in the last evaluated run? macro accuracy with its 95 % interval, one row per system
-- (those on fewer questions last)
select
    leaderboard.system,
    round(100 * leaderboard.accuracy, 1) as accuracy_percent,
    round(100 * leaderboard.ci_low, 1) as low,
    round(100 * leaderboard.ci_high, 1) as high,
    round(100 * leaderboard.gain_at_best, 1) as gain_at_best_percent,
    round(leaderboard.n_call / leaderboard.n_question, 2) as calls_per_question,
    leaderboard.cost_usd / nullif(leaderboard.n_cost, 0) as cost_usd_per_question,
    leaderboard.n_cost,
    leaderboard.n_question,
    leaderboard.n_compared,
    leaderboard.profile,
    leaderboard.run_id
from leaderboard
where leaderboard.recency = coalesce(getvariable('recency'), 1) and leaderboard.dataset = '*' and leaderboard.compared
order by
    leaderboard.n_question < leaderboard.n_compared asc nulls first,
    leaderboard.accuracy desc nulls last,
    leaderboard.system asc;
