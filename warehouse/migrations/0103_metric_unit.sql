-- one row per (run, system, dataset, metric); dataset '*' is the macro average, system '*' is all of them
alter table metric add column unit text; -- of the value: share, fraction, usd, calls; null: not recorded
