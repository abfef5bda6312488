-- one row per (run, seed): what was split before is known by the name of its bank or of its answers
insert into run_split (run_id, seed, split_id)
select
    known.run_id,
    regexp_extract(known.split_id, '-s(-?[0-9]+)$', 1)::integer as seed,
    any_value(known.split_id) as split_id
from (
    select run_id, split_id from bank -- noqa
    union
    select run_id, split_id from collaboration -- noqa
) as known
where known.run_id is not null and known.split_id like 'hash-%'
group by all
having count(distinct known.split_id) = 1;
