-- one row per fitted router: snapshot, split, router, options and seed
alter table policy add column embedder text; -- of the vectors it was fitted on; null: not recorded
