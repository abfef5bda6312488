-- which model is best on each dataset, and how far ahead of the second? one row per dataset; on the questions that all
-- models with a verdict on at least half of its questions have one for
with
judged as (
    select
        stg_answer.dataset,
        stg_answer.model,
        stg_answer.question_id,
        avg(stg_answer.score) as score
    from stg_answer
    group by stg_answer.dataset, stg_answer.model, stg_answer.question_id
    having count(stg_answer.score) > 0
),

asked as (
    select
        judged.dataset,
        count(distinct judged.question_id) as n_question
    from judged
    group by judged.dataset
),

measured as (
    select
        judged.dataset,
        judged.model
    from judged
    inner join asked on judged.dataset = asked.dataset
    group by judged.dataset, judged.model
    having 2 * count(*) >= any_value(asked.n_question)
),

shared as (
    select judged.*
    from judged
    inner join measured on judged.dataset = measured.dataset and judged.model = measured.model
    qualify
        count(*) over (partition by judged.dataset, judged.question_id)
        = count(distinct judged.model) over (partition by judged.dataset)
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
