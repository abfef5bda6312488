-- one row per fitted router: snapshot, split, router, options and seed
alter table policy add column missing text; -- the rule for missing answers: common, fail or drop; null: not recorded
