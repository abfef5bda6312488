-- one row per model that gave no answer to requests of the run $run, with their number
select
    call.asked_model as model,
    count(distinct call.request_key)::bigint as n
from call
where
    call.run_id = $run
    and call.purpose = 'answer'
    and call.request_key not in (
        select response.request_key
        from response
        where response.request_key is not null
    )
group by call.asked_model
order by call.asked_model;
