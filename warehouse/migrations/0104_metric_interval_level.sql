-- one row per (run, system, dataset, metric); dataset '*' is the macro average, system '*' is all of them
alter table metric add column interval_level double; -- of the interval, 0.95 for 95 %; null: not recorded
