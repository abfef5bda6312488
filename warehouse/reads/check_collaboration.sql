-- one row per collaboration of the run $run: its probability, and how many of its candidates are chosen as it says
select
    collaboration.collaboration_id as row_key,
    collaboration.probability,
    coalesce(isfinite(collaboration.probability), true) as is_finite,
    count(candidate.collaboration_id) filter (where candidate.chosen)
    - (collaboration.response_id is not null)::integer as surplus_chosen,
    bool_and(candidate.response_id is not distinct from collaboration.response_id) filter (
        where candidate.chosen
    ) as is_candidate
from collaboration
left join candidate on collaboration.collaboration_id = candidate.collaboration_id
where collaboration.run_id = $run
group by collaboration.collaboration_id, collaboration.probability, collaboration.response_id;
