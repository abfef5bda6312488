-- one row at most: the newest completed run with the models of run $run and other splitters, and what both split by
with
splits as (
    select
        run_policy.run_id,
        any_value(coalesce(split_spec.kind, 'hash')) as kind
    from run_policy
    inner join policy on run_policy.policy_id = policy.policy_id
    left join split_spec on policy.split_id = split_spec.split_id
    group by run_policy.run_id
),

pools as (
    select
        metric.run_id,
        any_value(metric.pool) as pool
    from metric
    group by metric.run_id
)

select
    run.run_id,
    run.profile,
    splits.kind,
    own_split.kind as own_kind
from splits
inner join splits as own_split on own_split.run_id = $run
inner join pools on splits.run_id = pools.run_id
inner join pools as own_pool on own_split.run_id = own_pool.run_id
inner join run on splits.run_id = run.run_id
where
    run.status = 'completed'
    and pools.pool = own_pool.pool
    and splits.kind <> own_split.kind
    and (splits.kind like 'leave-%' or own_split.kind like 'leave-%')
order by run.started_at desc, run.run_id desc
limit 1;
