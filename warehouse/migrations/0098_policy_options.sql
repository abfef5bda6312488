-- one row per fitted router: snapshot, split, router, options and seed
alter table policy add column options json; -- what the router was set to; null: not recorded
