-- at most one row: the run $run
select run.*
from run
where run.run_id = $run;
