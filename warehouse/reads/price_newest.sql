-- one row per model: its newest price that has both parts, listed for the pool $pool, else for no pool in particular
select
    price.model,
    price.input_usd_per_mtok,
    price.output_usd_per_mtok
from price
where
    price.input_usd_per_mtok is not null
    and price.output_usd_per_mtok is not null
    -- before pools had prices of their own, these two sources were some pool's
    and (price.pool = $pool or (price.pool is null and price.source not in ('pool', 'litellm')))
qualify
    row_number() over (
        partition by price.model
        order by price.pool asc nulls last, price.price_date desc, price.source asc
    ) = 1;
