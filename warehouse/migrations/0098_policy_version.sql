-- one row per fitted router: snapshot, split, router, options and seed
alter table policy add column version text; -- of the router; null: not recorded
