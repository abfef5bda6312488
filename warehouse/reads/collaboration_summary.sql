-- one row per preset of the run $run: macro accuracy over datasets, calls and cost
with
by_preset as (
    select
        collaboration.preset,
        count(*) as n_answer,
        count(distinct collaboration.split_id) as n_split,
        avg(collaboration.n_call) as calls_per_question,
        avg(collaboration.probability) as mean_probability,
        avg(collaboration.stopped_early::integer) as stopped_early,
        case when count(*) = count(collaboration.cost_usd) then sum(collaboration.cost_usd) end as cost_usd
    from collaboration
    where collaboration.run_id = $run
    group by collaboration.preset
)

select
    by_preset.*,
    avg(collaboration_cost.accuracy) as macro_accuracy
from by_preset
inner join collaboration_cost on by_preset.preset = collaboration_cost.preset and collaboration_cost.run_id = $run
group by all
order by by_preset.preset;
