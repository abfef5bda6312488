-- one row per table of a published copy: what its source held at that moment; empty in the warehouse itself
create table publication (
    table_name text not null,
    n_row bigint not null,
    published_at timestamp not null
);
