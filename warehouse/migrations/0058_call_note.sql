-- one row per attempt to call a model: the ledger
alter table call add column note text; -- what was mended in the reply; null for a sound one
