-- one row per (asked model, served model) of the calls of the run $run: whether it is the same
select
    call.asked_model || ' served by ' || call.served_model as row_key,
    call.asked_model = call.served_model as is_same,
    count(*) as n_row
from call
where call.run_id = $run and call.served_model is not null
group by call.asked_model, call.served_model;
