-- one row per (run, system, baseline): paired difference of macro accuracy
alter table comparison add column std_error double; -- of the difference, by the bootstrap; null: not recorded
