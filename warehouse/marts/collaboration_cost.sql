-- one row per (run, preset, dataset): what collaborative answers took, and what a right one cost
create or replace view collaboration_cost as
select
    collaboration.run_id,
    collaboration.preset,
    question.dataset,
    count(*) as n_answer,
    avg(collaboration.score) as accuracy,
    avg(collaboration.n_call) as calls_per_answer,
    count(collaboration.cost_usd) as n_cost, -- answers with a known cost
    avg(collaboration.cost_usd) as cost_usd_per_answer,
    sum(collaboration.cost_usd) filter (where collaboration.score is not null)
    / nullif(sum(collaboration.score) filter (where collaboration.cost_usd is not null), 0)
        as cost_usd_per_right_answer,
    avg(collaboration.stopped_early::integer) as stopped_early_share,
    avg(collaboration.n_neighbour) as neighbours_per_answer
from collaboration
inner join question on collaboration.question_id = question.question_id
group by collaboration.run_id, collaboration.preset, question.dataset;
