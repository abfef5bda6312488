-- one row per rejected row
create table quarantine (
    quarantine_id text not null,
    run_id text,
    table_name text not null,
    source text,
    row_key text,
    reason text not null, -- a named rule, such as null_score or unparsable_file
    detail text,
    payload json,
    quarantined_at timestamp not null
);
