-- one row per metric of the run $run, with the run's profile and the snapshot's verdict and size
select
    metric.*,
    run.profile,
    snapshot.verdict,
    tested.n_question
from metric
inner join run on metric.run_id = run.run_id
inner join snapshot on metric.snapshot_id = snapshot.snapshot_id
cross join (
    select count(distinct outcome.question_id) as n_question
    from outcome
    where outcome.run_id = $run
) as tested
where metric.run_id = $run
order by metric.system, metric.dataset, metric.metric;
