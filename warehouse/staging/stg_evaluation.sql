-- one row per evaluated run: when its systems were last measured; the newest run has recency 1
create or replace view stg_evaluation as
select
    metric.run_id,
    max(metric.created_at) as evaluated_at,
    row_number() over (order by max(metric.created_at) desc, metric.run_id desc) as recency
from metric
group by metric.run_id;
