-- one row per (run, request) that was not made, for its model was given up before: no call, but no answer either
create table unasked (
    run_id text not null,
    request_key text not null,
    asked_model text not null,
    purpose text not null, -- answer, reference, aggregate or judge
    error_kind text not null -- why its model was given up: auth, not_found or quota
);
