-- one row per system that a decision on the run $run is about, the newest decision first
select decision.*
from decision
where decision.run_id = $run
order by decision.created_at desc, decision.system asc;
