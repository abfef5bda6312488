-- what does every metric say of every system in the last evaluated run? one row per (metric, system), best first
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
from metric
inner join stg_evaluation
    on metric.run_id = stg_evaluation.run_id and metric.created_at = stg_evaluation.evaluated_at
where stg_evaluation.recency = coalesce(getvariable('recency'), 1) and metric.dataset = '*'
order by
    metric.metric asc,
    case when metric.better = 'lower' then -metric.value else metric.value end desc nulls last,
    metric.system asc;
