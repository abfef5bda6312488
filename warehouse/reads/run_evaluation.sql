-- at most one row: what the evaluation of the run $run at $at compares on
select evaluation.*
from evaluation
where evaluation.run_id = $run and evaluation.created_at = $at;
