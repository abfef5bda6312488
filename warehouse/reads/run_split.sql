-- one row per split that the run $run is tested on, and how it was made; null where older versions made it
select
    run_split.seed,
    run_split.split_id,
    split_spec.kind,
    split_spec.options
from run_split
left join split_spec on run_split.split_id = split_spec.split_id
where run_split.run_id = $run
order by run_split.seed;
