-- which system is best on which dataset, in the last evaluated run? one row per dataset and system
-- (those on fewer questions last)
with
newest as (
    select stg_evaluation.run_id
    from stg_evaluation
    left join run on stg_evaluation.run_id = run.run_id
    where coalesce(run.profile = getvariable('profile'), true)
    order by stg_evaluation.recency
    limit 1
)

select
    leaderboard.dataset,
    leaderboard.system,
    round(100 * leaderboard.accuracy, 1) as accuracy_percent,
    round(100 * leaderboard.ci_low, 1) as low,
    round(100 * leaderboard.ci_high, 1) as high,
    leaderboard.n_question
from newest
inner join leaderboard on newest.run_id = leaderboard.run_id
where leaderboard.dataset <> '*' and leaderboard.compared
order by
    leaderboard.dataset asc,
    leaderboard.n_question < max(leaderboard.n_question) over (partition by leaderboard.dataset) asc,
    leaderboard.accuracy desc nulls last,
    leaderboard.system asc;
