-- one row per (dataset, variant)
create table dataset (
    dataset text not null,
    variant text not null, -- the source's split name, such as test or test_3000; not train/test
    source text not null,
    scorer text, -- name in the scorer registry; null when only imported scores exist
    scorer_options json,
    synthetic boolean not null,
    licence text,
    ingested_at timestamp
);
