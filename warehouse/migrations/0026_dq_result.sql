-- one row per (run, gate, expectation)
create table dq_result (
    run_id text not null,
    gate text not null, -- the stage it follows
    table_name text not null,
    expectation text not null,
    severity text not null, -- critical or warning
    success boolean not null,
    observed text,
    n_checked bigint,
    n_unexpected bigint,
    checked_at timestamp not null
);
