-- one row per landing file that the loader has moved in
alter table landing_file add column n_replaced bigint; -- rows replaced; of files loaded together: told at the first
