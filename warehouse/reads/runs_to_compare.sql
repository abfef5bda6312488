-- one row per completed run that was evaluated, the newest 30: choices of a form
select run.run_id
from run
where
    run.status = 'completed'
    and run.run_id in (select metric.run_id from metric)
order by run.started_at desc
limit 30;
