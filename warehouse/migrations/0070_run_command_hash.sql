-- one row per run: what decides it, so that the same command continues an interrupted one
alter table run add column command_hash text; -- of flow, parameters, profile and pool, without the budget
