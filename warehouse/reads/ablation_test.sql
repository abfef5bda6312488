-- one row per system of $systems with a macro accuracy on the test part in the last evaluated run of $profile and $pool
with
newest as (
    select
        metric.run_id,
        metric.created_at
    from metric
    inner join run on metric.run_id = run.run_id
    where run.profile = $profile and metric.pool = $pool and run.status = 'completed'
    order by metric.created_at desc
    limit 1
)

select
    metric.system as preset,
    metric.value as accuracy,
    metric.ci_low,
    metric.ci_high,
    metric.n,
    metric.run_id
from metric
inner join newest on metric.run_id = newest.run_id and metric.created_at = newest.created_at
where
    metric.dataset = '*'
    and metric.metric = 'accuracy'
    and metric.system in (select wanted.system from unnest($systems) as wanted (system))
order by metric.value desc, metric.system asc;
