-- one row per evaluated run: when its systems were last measured; the newest run has recency 1
create or replace view stg_evaluation as
select
    metric.run_id,
    any_value(run.profile) as profile,
    max(metric.created_at) as evaluated_at,
    row_number() over (order by max(metric.created_at) desc, metric.run_id desc) as recency
from metric
left join run on metric.run_id = run.run_id
group by metric.run_id;
