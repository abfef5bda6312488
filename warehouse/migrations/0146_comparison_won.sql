-- one row per (run, system, baseline): paired difference of macro accuracy
alter table comparison add column won bigint; -- questions with the higher score of the system; null: not recorded
