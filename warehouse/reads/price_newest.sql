-- one row per model: its newest listed price that has both parts
select
    price.model,
    arg_max(price.input_usd_per_mtok, price.price_date) as input_usd_per_mtok,
    arg_max(price.output_usd_per_mtok, price.price_date) as output_usd_per_mtok
from price
where price.input_usd_per_mtok is not null and price.output_usd_per_mtok is not null
group by price.model;
