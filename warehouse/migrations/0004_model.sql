-- one row per model name
create table model (
    model text not null, -- the pool's model_name
    provider text,
    context_tokens bigint,
    has_logprobs boolean,
    synthetic boolean not null,
    tags text[],
    updated_at timestamp
);
