-- one row per (purpose, kind of error) of the failed calls of the run $run
select
    call.purpose,
    call.error_kind,
    count(*) as n
from call
where call.run_id = $run and call.error_kind is not null
group by call.purpose, call.error_kind
order by call.purpose, call.error_kind;
