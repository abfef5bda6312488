-- one row per model output: what a successful call or an import gave
create table response (
    response_id text not null,
    request_key text, -- the response cache's key; null for imported ones
    question_id text not null,
    model text not null,
    purpose text not null, -- answer, reference, aggregate or judge
    sample_index integer not null,
    source text not null, -- live, imported or replay
    text text not null,
    finish_reason text,
    mean_logprob double, -- null when the provider gives none
    prompt_tokens bigint,
    completion_tokens bigint,
    token_source text, -- billed, estimated or recorded (came with imported data)
    cost_usd double,
    cost_source text, -- billed, priced, estimated or recorded
    latency_s double,
    text_hash text not null,
    run_id text,
    created_at timestamp not null
);
