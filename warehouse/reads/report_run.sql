-- one row at most: the newest completed run of the profile $profile that was evaluated
select run.run_id
from run
where
    run.profile = $profile
    and run.status = 'completed'
    and run.run_id in (select metric.run_id from metric)
order by run.started_at desc
limit 1;
