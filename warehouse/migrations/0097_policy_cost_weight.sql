-- one row per fitted router: snapshot, split, router, options and seed
alter table policy drop column cost_weight;
