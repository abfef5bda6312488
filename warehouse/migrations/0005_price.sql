-- one row per (model, price date, source)
create table price (
    model text not null,
    input_usd_per_mtok double,
    output_usd_per_mtok double,
    price_date date not null,
    source text not null
);
