-- one row: US dollars of the calls of run $run, as far as they are known
select coalesce(sum(call.cost_usd), 0.0) as spent_usd
from call
where call.run_id = $run;
