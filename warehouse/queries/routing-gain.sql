-- does routing help, and at what cost? the routers of each profile's last completed evaluated run against the best
-- single model
with
newest as (
    select
        leaderboard.profile,
        arg_max(leaderboard.run_id, leaderboard.evaluated_at) as run_id
    from leaderboard
    inner join run on leaderboard.run_id = run.run_id
    where
        leaderboard.dataset = '*'
        and run.status = 'completed'
        and coalesce(leaderboard.profile = getvariable('profile'), true)
    group by leaderboard.profile
),

best as (
    select
        leaderboard.run_id,
        leaderboard.accuracy,
        -- means over other questions would not be paired
        case when leaderboard.n_cost >= leaderboard.n_question then leaderboard.cost_usd end as cost_usd
    from leaderboard
    where leaderboard.dataset = '*' and leaderboard.system = 'best-single'
)

select
    leaderboard.profile,
    leaderboard.system,
    round(100 * best.accuracy, 1) as best_single_percent,
    round(100 * leaderboard.accuracy, 1) as accuracy_percent,
    round(100 * comparison.difference, 2) as points,
    round(100 * comparison.ci_low, 2) as low,
    round(100 * comparison.ci_high, 2) as high,
    comparison.p_holm,
    comparison.won,
    comparison.lost,
    case
        when leaderboard.n_cost >= leaderboard.n_question then leaderboard.cost_usd / nullif(best.cost_usd, 0)
    end as cost_of_best_single,
    comparison.n as n_question,
    leaderboard.synthetic,
    leaderboard.run_id
from newest
inner join leaderboard on newest.run_id = leaderboard.run_id
left join best on leaderboard.run_id = best.run_id
inner join comparison
    on
        leaderboard.run_id = comparison.run_id
        and leaderboard.system = comparison.system
        and leaderboard.evaluated_at = comparison.created_at
        and comparison.baseline = 'best-single'
where leaderboard.dataset = '*' and leaderboard.compared and leaderboard.kind = 'router'
order by leaderboard.profile asc, comparison.difference desc nulls last, leaderboard.system asc;
