-- one row per request key that the run $run paid for and that was paid more than once, and one for all paid once; calls
-- of a lost host that came back do not count
with
paid as (
    select
        call.request_key,
        count(*) as n_paid
    from call
    where
        call.error_kind is null
        and call.error_message is null
        and call.request_key in (select response.request_key from response where response.source = 'live')
    group by call.request_key
    having bool_or(call.run_id = $run)
)

select
    case when n_paid > 1 then request_key end as row_key,
    n_paid,
    count(*) as n_row
from paid
group by all;
