-- what does every metric say of every system in the last evaluated run? one row per (metric, system), best first
with
newest as (
    select
        stg_evaluation.run_id,
        stg_evaluation.evaluated_at
    from stg_evaluation
    left join run on stg_evaluation.run_id = run.run_id
    where coalesce(run.profile = getvariable('profile'), true)
    order by stg_evaluation.recency
    limit 1
)

select
    metric.metric,
    metric.system,
    metric.value,
    metric.ci_low,
    metric.ci_high,
    metric.unit,
    metric.better,
    metric.level,
    metric.n,
    metric.point_set,
    metric.run_id
from newest
inner join metric on newest.run_id = metric.run_id and newest.evaluated_at = metric.created_at
where metric.dataset = '*'
order by
    metric.metric asc,
    case when metric.better = 'lower' then -metric.value else metric.value end desc nulls last,
    metric.system asc;
