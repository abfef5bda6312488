-- one row per (run, system, baseline): paired difference of macro accuracy
alter table comparison add column p_mcnemar double; -- of McNemar's exact test of won and lost; null: not recorded
