-- one row per (response, scorer, scorer version, mode), with what its verdict rests on
alter table score add column basis text; -- hash of truth, metadata and the scorer's options; null: not recorded
