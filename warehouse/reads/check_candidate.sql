-- one row per candidate of the run $run with a number that is not finite, and one for all others
with
weighed as (
    select
        candidate.collaboration_id || ' ' || candidate.candidate_index as row_key,
        coalesce(isfinite(candidate.posterior), true) as is_finite
    from candidate
    inner join collaboration on candidate.collaboration_id = collaboration.collaboration_id
    where collaboration.run_id = $run
)

select
    case when not is_finite then row_key end as row_key,
    is_finite,
    count(*) as n_row
from weighed
group by all;
