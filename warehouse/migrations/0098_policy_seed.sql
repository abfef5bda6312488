-- one row per fitted router: snapshot, split, router, options and seed
alter table policy add column seed integer; -- of the router's own draws; null: not recorded
