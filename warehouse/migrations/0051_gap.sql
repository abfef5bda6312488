-- one row per (run, evaluation, thing that was asked for and is not shown)
create table gap (
    run_id text not null,
    kind text not null, -- model, dataset, system or groups
    name text not null, -- of groups: the datasets that they share
    n bigint not null, -- questions that there is something for
    n_expected bigint not null,
    reason text not null,
    created_at timestamp not null -- of the metrics of this evaluation
);
