-- one row per system that the run $run has outcomes of
select distinct outcome.system
from outcome
where outcome.run_id = $run
order by outcome.system;
