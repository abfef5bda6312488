-- one row per preset that has collaborations in the run $run
select distinct collaboration.preset
from collaboration
where collaboration.run_id = $run;
