-- one row per run; parent_run_id was never written
alter table run drop column parent_run_id;
