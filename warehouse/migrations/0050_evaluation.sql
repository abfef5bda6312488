-- one row per (run, evaluation): which questions its systems are compared on
create table evaluation (
    run_id text not null,
    missing text not null, -- the rule for missing answers: common, fail or drop
    n_question bigint not null, -- test questions that systems are compared on
    n_expected bigint not null, -- test questions of the profile's datasets
    created_at timestamp not null -- of the metrics of this evaluation
);
