-- one row per fitted router and operating point
create table policy (
    policy_id text not null,
    run_id text not null,
    snapshot_id text not null,
    split_id text not null,
    router text not null,
    cost_weight double not null, -- lambda of the decision rule
    parameters json not null,
    fit_s double,
    created_at timestamp not null
);
