-- one row per (run, seed): the split that all stages of the run read
create table run_split (
    run_id text not null,
    seed integer not null, -- of the split
    split_id text not null
);
