-- one row per (run, system): what a name on the leaderboard stands for
create table system (
    run_id text not null,
    system text not null, -- as it is shown, and named in all other tables
    kind text not null, -- baseline, model, router, preset or imported
    name text not null, -- of the baseline, model, router or preset
    variant text not null, -- how it had to run, such as select; empty: as it is meant
    point text not null -- operating point, such as other coefficients of its decision; empty: its own
);
