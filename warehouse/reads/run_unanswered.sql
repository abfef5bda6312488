-- one row per model that gave no answer to requests of the run $run, with their number
select
    stg_request.asked_model as model,
    count(*)::bigint as n
from stg_request
where
    stg_request.run_id = $run
    and stg_request.purpose = 'answer'
    and stg_request.request_key not in (
        select response.request_key
        from response
        where response.request_key is not null
    )
group by stg_request.asked_model
order by stg_request.asked_model;
