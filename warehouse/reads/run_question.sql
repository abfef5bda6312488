-- one row per question that any system of the run $run has an outcome of
select distinct outcome.question_id
from outcome
where outcome.run_id = $run;
