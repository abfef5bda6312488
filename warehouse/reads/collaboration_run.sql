-- one row per run of the profile $profile that has collaborations, the newest first
select run.run_id
from run
where
    run.profile = $profile
    and exists (select 1 from collaboration where collaboration.run_id = run.run_id)
order by run.started_at desc, run.run_id desc;
