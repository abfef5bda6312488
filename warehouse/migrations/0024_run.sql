-- one row per run
create table run (
    run_id text not null,
    flow text not null,
    profile text,
    flow_run_id text, -- Prefect's
    parent_run_id text,
    status text not null, -- running, completed or failed
    message text,
    parameters json,
    code_version text not null,
    pool_hash text,
    price_date date,
    embedder text,
    seeds integer[],
    synthetic boolean,
    started_at timestamp not null,
    finished_at timestamp
);
