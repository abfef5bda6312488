-- which system is best on which dataset, in the last evaluated run? one row per dataset and system
-- (those on fewer questions last)
select
    leaderboard.dataset,
    leaderboard.system,
    round(100 * leaderboard.accuracy, 1) as accuracy_percent,
    round(100 * leaderboard.ci_low, 1) as low,
    round(100 * leaderboard.ci_high, 1) as high,
    leaderboard.n_question
from leaderboard
where leaderboard.recency = coalesce(getvariable('recency'), 1) and leaderboard.dataset <> '*' and leaderboard.compared
order by
    leaderboard.dataset asc,
    leaderboard.n_question < max(leaderboard.n_question) over (partition by leaderboard.dataset) asc,
    leaderboard.accuracy desc nulls last,
    leaderboard.system asc;
