-- one row per (run, system, dataset, metric); dataset '*' is the macro average, system '*' is all of them
alter table metric add column alpha double; -- a p-value of the run below this counts as found; null: not recorded
