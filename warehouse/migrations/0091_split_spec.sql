-- one row per split: how its rows were made; they are written once
create table split_spec (
    split_id text not null,
    kind text not null, -- a splitter
    seed integer not null, -- of the split
    options json not null, -- the splitter's
    hash text not null, -- of kind, seed and options, and of the parts too where they depend on what else is asked
    created_at timestamp not null
);
