-- one row per attempt to call a model: the ledger
create table call (
    call_id text not null,
    request_key text not null, -- hash of the whole canonical request
    run_id text,
    question_id text,
    purpose text not null, -- answer, reference, aggregate, judge or embed
    asked_model text not null,
    served_model text,
    attempt integer not null, -- from 1
    sample_index integer,
    prompt_tokens bigint,
    completion_tokens bigint,
    token_source text, -- billed or estimated
    cost_usd double, -- null when unknown, never 0 for unknown
    cost_source text, -- billed, priced or estimated
    latency_s double,
    error_kind text, -- null for a success
    error_message text,
    started_at timestamp not null
);
