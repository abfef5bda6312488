-- one row per (question, model) with a judged answer: mean over its samples, of the first score mode that has one
create or replace view stg_judged as
select
    stg_current.question_id,
    stg_current.dataset,
    coalesce(any_value(dataset.category), stg_current.dataset) as category, -- the dataset itself where it has none
    stg_current.model,
    avg(stg_current.score) as score,
    avg(stg_current.cost_usd) as cost_usd
from stg_current
left join dataset on stg_current.dataset = dataset.dataset and stg_current.variant = dataset.variant
where stg_current.score is not null
group by stg_current.question_id, stg_current.dataset, stg_current.model;
