-- one row per nightly comparison with the pinned baseline
create table regression (
    run_id text not null,
    baseline_run_id text,
    system text not null,
    verdict text not null, -- promote, hold, regress or refused
    reason text not null,
    difference double,
    ci_low double,
    ci_high double,
    p_value double,
    cost_change double,
    n bigint,
    created_at timestamp not null
);
