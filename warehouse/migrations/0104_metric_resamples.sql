-- one row per (run, system, dataset, metric); dataset '*' is the macro average, system '*' is all of them
alter table metric add column resamples bigint; -- bootstrap resamples behind the interval; null: not recorded
