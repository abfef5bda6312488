-- one row per (run, study, setting, series, dataset); dataset '*' is the macro average over datasets
create table ablation (
    run_id text not null,
    profile text not null,
    pool text not null,
    preset text not null, -- the base that one part is varied of
    inputs text not null, -- hash of what the study's figures depend on; the same one is not computed again
    part text not null, -- the part of the split that was answered: validation, or test for study 'test'
    study text not null,
    position integer not null, -- of the setting in its study
    setting text not null,
    series text not null, -- the curve of the study that the setting is on; '' where there is one
    x double, -- place on the study's axis
    base boolean not null, -- whether the others of the study are compared with it
    dataset text not null,
    accuracy double,
    ci_low double,
    ci_high double,
    difference double, -- to the base, on the questions that both have a verdict for
    difference_low double,
    difference_high double,
    calls double, -- per question
    cost_usd double, -- per question; null when any is unknown
    n bigint not null, -- questions with a verdict
    seeds integer[] not null,
    verdict text not null,
    embedder text not null,
    synthetic boolean not null,
    code_version text not null,
    created_at timestamp not null
);
