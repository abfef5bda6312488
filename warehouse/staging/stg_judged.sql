-- one row per (question, model) with a judged answer: mean over its samples, our verdict before the recorded one
create or replace view stg_judged as
select
    stg_answer.question_id,
    stg_answer.dataset,
    coalesce(any_value(dataset.category), stg_answer.dataset) as category, -- the dataset itself where it has none
    stg_answer.model,
    avg(coalesce(stg_answer.fixed_score, stg_answer.recorded_score)) as score,
    avg(stg_answer.cost_usd) as cost_usd
from stg_answer
left join dataset on stg_answer.dataset = dataset.dataset and stg_answer.variant = dataset.variant
where stg_answer.fixed_score is not null or stg_answer.recorded_score is not null
group by stg_answer.question_id, stg_answer.dataset, stg_answer.model;
