-- one row per (run, preset, split, question): one collaborative answer
alter table collaboration add column preset_hash text; -- of all values of the preset that made it; null in older rows
