-- one row per (model, purpose) of the successful calls of the run $run: share of calls whose cost is unknown
select
    call.asked_model || ' ' || call.purpose as row_key,
    avg((call.cost_usd is null)::integer) as unknown_share
from call
where call.run_id = $run and call.error_kind is null
group by call.asked_model, call.purpose;
