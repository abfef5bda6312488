-- one row per expectation that was checked after a stage of the run $run, the failed ones first
select dq_result.*
from dq_result
where dq_result.run_id = $run
order by dq_result.success, dq_result.severity, dq_result.checked_at;
