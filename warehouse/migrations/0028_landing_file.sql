-- one row per landing file that the loader has moved in
create table landing_file (
    name text not null,
    table_name text not null,
    n_row bigint not null,
    loaded_at timestamp not null
);
