-- one row per (model, price date, source)
alter table price add column cache_read_usd_per_mtok double; -- a prompt token read from the cache; null: as any other
