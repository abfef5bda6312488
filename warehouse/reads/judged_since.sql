-- one row per response with a verdict that is newer than the last evaluation of the run $run
select distinct score.response_id
from score
where score.scored_at > (select max(metric.created_at) from metric where metric.run_id = $run);
