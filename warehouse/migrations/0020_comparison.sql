-- one row per (run, system, baseline): paired difference of macro accuracy
create table comparison (
    run_id text not null,
    snapshot_id text not null,
    system text not null,
    baseline text not null,
    difference double,
    ci_low double,
    ci_high double,
    p_value double,
    p_holm double, -- Holm over the family of this run
    n bigint not null,
    created_at timestamp not null
);
