-- one row per profile: the run its nightly results are compared with
create table baseline (
    profile text not null,
    run_id text not null,
    pinned_at timestamp not null
);
