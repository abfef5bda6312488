-- one row per model with answers that the baseline run did not have: how it did on them, now and then
create table model_change (
    run_id text not null,
    baseline_run_id text not null,
    model text not null,
    before double not null, -- macro accuracy on the questions that were asked anew
    after double not null, -- macro accuracy on the same questions now
    difference double not null,
    ci_low double not null,
    ci_high double not null,
    p_value double not null,
    p_holm double not null, -- Holm over the models
    n bigint not null
);
