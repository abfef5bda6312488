-- one row per (dataset, variant): what its source says that it wants, of which collaboration asks fewer models if code
alter table dataset add column task text; -- general or code; null: no source or block said so
