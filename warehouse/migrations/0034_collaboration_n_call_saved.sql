-- one row per (run, preset, split, question): one collaborative answer
alter table collaboration add column n_call_saved integer; -- by early stops; null when nothing was aggregated
