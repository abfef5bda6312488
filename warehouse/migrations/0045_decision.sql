-- one row per nightly decision on a system against a baseline run
create table decision (
    run_id text not null,
    profile text not null,
    baseline_run_id text, -- null when there was nothing to compare with
    system text not null,
    verdict text not null, -- promote, hold, regress, nothing new or refused
    reason text not null,
    difference double, -- of macro accuracy, now minus then; interval and p-value are of one sign-flip test
    ci_low double,
    ci_high double,
    p_value double,
    n bigint, -- questions
    cost_change double,
    n_new bigint, -- answers of the outcome matrix that are newer than the profile's last decision
    n_reused bigint, -- the other answers of the outcome matrix
    n_failed bigint, -- requests of the run that no attempt gave an answer to
    oldest_at timestamp, -- when the oldest answer was asked
    created_at timestamp not null
);
