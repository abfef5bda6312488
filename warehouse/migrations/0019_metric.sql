-- one row per (run, system, dataset, metric); dataset '*' is the macro average
create table metric (
    run_id text not null,
    snapshot_id text not null,
    system text not null,
    dataset text not null,
    metric text not null, -- accuracy, gain_at_random, gain_at_best, gap_at_oracle, cost_usd, calls
    value double,
    ci_low double,
    ci_high double,
    spread double, -- standard deviation over the seeds
    n bigint not null, -- questions behind the value
    pool text not null,
    price_date date,
    code_version text not null,
    embedder text,
    seeds integer[] not null,
    synthetic boolean not null,
    created_at timestamp not null
);
