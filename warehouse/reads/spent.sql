-- one row: US dollars of the calls of run $run; a call of unknown cost counts with the most it can have cost
select coalesce(sum(coalesce(call.cost_usd, call.bound_usd)), 0.0) as spent_usd
from call
where call.run_id = $run;
