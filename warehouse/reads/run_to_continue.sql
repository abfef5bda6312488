-- at most one row: the newest run of the command $command since $since, if it was interrupted
with
newest as (
    select
        run_id,
        status
    from run
    where command_hash = $command and started_at > $since
    order by started_at desc
    limit 1
)

select newest.run_id
from newest
where newest.status = 'interrupted';
