-- one row per (source file, source, options) that was read
create table ingest_file (
    path text not null,
    file_hash text not null, -- SHA-256 of the bytes; an unchanged file is skipped
    source text not null,
    options_hash text not null, -- of what was asked of the file: other options, other rows
    run_id text,
    n_row bigint, -- 0: nothing was kept, and the file is looked at again next time
    n_quarantined bigint,
    ingested_at timestamp not null
);
