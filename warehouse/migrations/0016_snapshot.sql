-- one row per immutable export of the outcome matrix
create table snapshot (
    snapshot_id text not null, -- hash of the content
    run_id text,
    profile text,
    pool text not null,
    verdict text not null,
    n_question bigint not null,
    n_model bigint not null,
    n_missing bigint not null, -- cells without a score
    path text not null,
    manifest json not null,
    created_at timestamp not null
);
