-- one row per (run, system, dataset, metric); dataset '*' is the macro average, system '*' is all of them
alter table metric add column level text; -- system, pair, method or field: what the value is of; null: not recorded
