-- one row per metric of the last evaluation of the run $run, with its profile, the snapshot's verdict and its size
with
tested as (
    select count(distinct outcome.question_id) as n_question
    from outcome
    where outcome.run_id = $run
),

newest as (
    select max(metric.created_at) as created_at
    from metric
    where metric.run_id = $run
)

select
    metric.*,
    coalesce(system.kind, 'imported') as kind,
    coalesce(system.name, metric.system) as name,
    coalesce(system.point, '') as point,
    coalesce(system.variant, '') as variant,
    run.profile,
    snapshot.verdict,
    tested.n_question
from metric
inner join newest on metric.created_at = newest.created_at
inner join run on metric.run_id = run.run_id
inner join snapshot on metric.snapshot_id = snapshot.snapshot_id
left join system on metric.run_id = system.run_id and metric.system = system.system
cross join tested
where metric.run_id = $run
order by metric.system, metric.dataset, metric.metric;
