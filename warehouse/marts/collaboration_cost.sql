-- one row per (run, preset, dataset): what collaborative answers took, and what a right one cost
create or replace view collaboration_cost as
with answer as (
    select
        collaboration.*,
        question.dataset,
        count(collaboration.score) over (
            partition by collaboration.run_id, collaboration.preset, collaboration.question_id
        ) as n_score
    from collaboration
    inner join question on collaboration.question_id = question.question_id
)

select
    answer.run_id,
    answer.preset,
    answer.dataset,
    count(*) as n_answer,
    sum(answer.score / answer.n_score) / count(distinct if(answer.n_score > 0, answer.question_id, null))
        as accuracy, -- of questions, each once with its mean over the seeds that test it
    avg(answer.n_call) as calls_per_answer,
    count(answer.cost_usd) as n_cost, -- answers with a known cost
    avg(answer.cost_usd) as cost_usd_per_answer,
    sum(answer.cost_usd) filter (where answer.score is not null)
    / nullif(sum(answer.score) filter (where answer.cost_usd is not null), 0)
        as cost_usd_per_right_answer,
    avg(answer.stopped_early::integer) as stopped_early_share,
    avg(answer.n_neighbour) as neighbours_per_answer
from answer
group by answer.run_id, answer.preset, answer.dataset;
