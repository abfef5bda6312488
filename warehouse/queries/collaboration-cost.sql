-- what does a collaborative answer take, and what does a right one cost? last evaluated run, by preset and dataset
select
    collaboration_cost.preset,
    collaboration_cost.dataset,
    collaboration_cost.n_answer,
    round(100 * collaboration_cost.accuracy, 1) as accuracy_percent,
    round(collaboration_cost.calls_per_answer, 2) as calls_per_answer,
    collaboration_cost.cost_usd_per_answer,
    collaboration_cost.cost_usd_per_right_answer,
    round(100 * collaboration_cost.stopped_early_share, 1) as stopped_early_percent
from collaboration_cost
inner join stg_evaluation
    on
        collaboration_cost.run_id = stg_evaluation.run_id
        and stg_evaluation.recency = coalesce(getvariable('recency'), 1)
order by collaboration_cost.preset asc, collaboration_cost.dataset asc;
