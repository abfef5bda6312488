-- one row per (run, system, baseline): paired difference of macro accuracy
alter table comparison add column lost bigint; -- questions with the higher score of the baseline; null: not recorded
