-- one row per (run, system, dataset, metric); dataset '*' is the macro average, system '*' is all of them
alter table metric add column better text; -- higher, lower or neither; null: not recorded
