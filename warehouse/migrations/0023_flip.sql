-- one row per question whose outcome changed against the baseline run
create table flip (
    run_id text not null,
    baseline_run_id text not null,
    system text not null,
    question_id text not null,
    dataset text not null,
    before double not null,
    after double not null,
    response_before text,
    response_after text
);
