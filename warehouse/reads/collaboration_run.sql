-- one row per run of the profile $profile that has collaborations on test questions, the newest first
select
    run.run_id,
    run.pool_hash
from run
where
    run.profile = $profile
    and exists (
        select 1
        from collaboration
        where collaboration.run_id = run.run_id and collaboration.split_id <> 'all'
    )
order by run.started_at desc, run.run_id desc;
