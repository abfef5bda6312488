-- one row per profile: its newest evaluated run that is completed, or the run $run itself
select
    run.profile,
    arg_max(run.run_id, (run.started_at, run.run_id)) as run_id
from run
where
    run.profile is not null
    and (run.status = 'completed' or run.run_id = $run)
    and run.run_id in (select metric.run_id from metric where metric.metric = 'accuracy')
group by run.profile
order by run.profile;
