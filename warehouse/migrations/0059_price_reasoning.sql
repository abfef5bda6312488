-- one row per (model, price date, source)
alter table price add column reasoning_usd_per_mtok double; -- a token of hidden reasoning; null: as any other
