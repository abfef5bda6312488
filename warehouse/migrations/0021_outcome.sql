-- one row per (run, system, question): what each system got, mean over the seeds that tested it
create table outcome (
    run_id text not null,
    system text not null,
    question_id text not null,
    dataset text not null,
    score double,
    cost_usd double,
    n_call double,
    n_seed integer not null,
    response_id text -- of the first seed; null where a system has no single answer
);
