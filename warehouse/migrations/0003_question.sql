-- one row per question
create table question (
    question_id text not null, -- hash of (dataset, variant, source_key)
    dataset text not null,
    variant text not null,
    source_key text not null, -- the source's own identifier
    text text not null,
    prompt text, -- what was really sent where it differs from text
    ground_truth text,
    metadata json, -- options, tests, constraints: what the scorer needs beyond the truth
    content_hash text not null, -- of the normalised text: finds duplicates and leaks
    ingested_at timestamp
);
