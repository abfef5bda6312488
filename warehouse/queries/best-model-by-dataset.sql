-- which model is best on each dataset, and how far ahead of the second? one row per dataset; on the questions that all
-- models with a verdict on at least half of its questions have one for
with
asked as (
    select
        stg_judged.dataset,
        count(distinct stg_judged.question_id) as n_question
    from stg_judged
    group by stg_judged.dataset
),

measured as (
    select
        stg_judged.dataset,
        stg_judged.model
    from stg_judged
    inner join asked on stg_judged.dataset = asked.dataset
    group by stg_judged.dataset, stg_judged.model
    having 2 * count(*) >= any_value(asked.n_question)
),

shared as (
    select stg_judged.*
    from stg_judged
    inner join measured on stg_judged.dataset = measured.dataset and stg_judged.model = measured.model
    qualify
        count(*) over (partition by stg_judged.dataset, stg_judged.question_id)
        = count(distinct stg_judged.model) over (partition by stg_judged.dataset)
),

ranked as (
    select
        shared.dataset,
        shared.model,
        avg(shared.score) as accuracy,
        count(*) as n_question,
        row_number() over (
            partition by shared.dataset
            order by avg(shared.score) desc, shared.model asc
        ) as place,
        lead(shared.model) over (
            partition by shared.dataset
            order by avg(shared.score) desc, shared.model asc
        ) as second_model,
        lead(avg(shared.score)) over (
            partition by shared.dataset
            order by avg(shared.score) desc, shared.model asc
        ) as second_accuracy
    from shared
    group by shared.dataset, shared.model
)

select
    dataset,
    model,
    round(100 * accuracy, 1) as accuracy_percent,
    n_question,
    second_model,
    round(100 * (accuracy - second_accuracy), 1) as lead_in_points
from ranked
where place = 1
order by dataset;
