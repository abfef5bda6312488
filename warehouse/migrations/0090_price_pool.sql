-- one row per (pool, model, price date, source)
alter table price add column pool text; -- the pool whose model it is; null: it came with data, or is of the price book
