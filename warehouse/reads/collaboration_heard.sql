-- one row per (preset, model) of the run $run: a model whose answer was a candidate, or stood in what one was made from
select distinct
    collaboration.preset,
    unnest(coalesce(candidate.reference_models, [candidate.model])) as model
from candidate
inner join collaboration on candidate.collaboration_id = collaboration.collaboration_id
where collaboration.run_id = $run
order by all;
