-- one row: US dollars of the calls of run $run whose identifiers begin with $chunk; unknown ones at their most
select coalesce(sum(coalesce(call.cost_usd, call.bound_usd)), 0.0) as spent_usd
from call
where call.run_id = $run and starts_with(call.call_id, $chunk);
