-- one row per (embedder, text)
create table embedding (
    embedder text not null, -- model, revision and prompt
    text_hash text not null,
    vector float[] not null -- unit length
);
