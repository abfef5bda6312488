-- what did the last 10 runs do? one row per run and stage, newest first
with
recent as (
    select run.run_id
    from run
    where coalesce(run.profile = getvariable('profile'), true)
    order by run.started_at desc
    limit 10
)

select
    run_lineage.started_at,
    run_lineage.flow,
    run_lineage.profile,
    run_lineage.status,
    run_lineage.stage,
    round(run_lineage.seconds, 1) as seconds,
    run_lineage.n_row,
    run_lineage.output_hash,
    run_lineage.code_version,
    run_lineage.message,
    run_lineage.run_id
from run_lineage
where run_lineage.run_id in (select recent.run_id from recent)
order by run_lineage.started_at desc, run_lineage.run_id asc, run_lineage.stage_finished_at asc;
