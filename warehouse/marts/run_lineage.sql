-- one row per (run, stage): what ran with what code and inputs, how long it took, and which rows it wrote
create or replace view run_lineage as
select
    run.run_id,
    run.flow,
    run.profile,
    run.status,
    run.message,
    run.code_version,
    run.pool_hash,
    run.price_date,
    run.embedder,
    run.seeds,
    run.synthetic,
    run.started_at,
    run.finished_at,
    lineage.stage, -- null when no stage was finished
    lineage.input_hash,
    lineage.output_hash,
    lineage.n_row, -- rows written per table, as JSON
    lineage.seconds,
    lineage.finished_at as stage_finished_at
from run
left join lineage on run.run_id = lineage.run_id;
