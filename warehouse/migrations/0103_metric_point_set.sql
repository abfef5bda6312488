-- one row per (run, system, dataset, metric); dataset '*' is the macro average, system '*' is all of them
alter table metric add column point_set text; -- hash of the points that are compared; null: the value is of one system
