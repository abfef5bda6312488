-- one row per (run, preset, split, question): one collaborative answer
alter table collaboration add column n_call_saved integer; -- aggregates not asked because the answer was decided; null when nothing was aggregated
