-- one row per (run, evaluation): which questions its systems are compared on
alter table evaluation add column minimum_effect double; -- a smaller difference does not count; null: not recorded
