-- one row per (category, model) that covers 95 % of the category: accuracy and cost over the questions all of them have
create or replace view category_model as
with
covered as (
    select
        stg_judged.category,
        stg_judged.model,
        count(*) as n_question,
        max(count(*)) over (partition by stg_judged.category) as n_most
    from stg_judged
    group by stg_judged.category, stg_judged.model
),

eligible as (
    select
        covered.category,
        covered.model,
        count(*) over (partition by covered.category) as n_model
    from covered
    where covered.n_question >= 0.95 * covered.n_most
),

common as (
    select
        stg_judged.category,
        stg_judged.question_id
    from stg_judged
    inner join eligible on stg_judged.category = eligible.category and stg_judged.model = eligible.model
    group by stg_judged.category, stg_judged.question_id
    having count(*) = any_value(eligible.n_model)
)

select
    stg_judged.category,
    stg_judged.model,
    count(*) as n_question, -- the same questions for every model of the category
    avg(stg_judged.score) as accuracy,
    count(stg_judged.cost_usd) as n_cost, -- of these, questions of known cost
    avg(stg_judged.cost_usd) as cost_usd_per_answer
from stg_judged
inner join eligible on stg_judged.category = eligible.category and stg_judged.model = eligible.model
inner join common on stg_judged.category = common.category and stg_judged.question_id = common.question_id
group by stg_judged.category, stg_judged.model;
