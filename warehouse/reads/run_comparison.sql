-- one row per (system, baseline) that the evaluation of the run $run at $at compares
select comparison.*
from comparison
where comparison.run_id = $run and comparison.created_at = $at
order by comparison.baseline, comparison.system;
