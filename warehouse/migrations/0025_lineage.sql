-- one row per (run, stage): what a stage read and wrote
create table lineage (
    run_id text not null,
    stage text not null,
    input_hash text,
    output_hash text,
    n_row json, -- rows written per table
    seconds double,
    finished_at timestamp not null
);
