-- one row per source file that was ingested
create table ingest_file (
    path text not null,
    file_hash text not null, -- SHA-256 of the bytes; an unchanged file is skipped
    source text not null,
    run_id text,
    n_row bigint,
    n_quarantined bigint,
    ingested_at timestamp not null
);
