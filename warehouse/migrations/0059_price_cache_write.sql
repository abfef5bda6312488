-- one row per (model, price date, source)
alter table price add column cache_write_usd_per_mtok double; -- a prompt token written to the cache; null: as any other
