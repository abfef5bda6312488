-- one row per (dataset, variant, model that was asked or recorded there): questions expected, answered and scored
create or replace view coverage as
with
expected as (
    select
        question.dataset,
        question.variant,
        count(*) as n_expected
    from question
    group by question.dataset, question.variant
),

answered as (
    select
        stg_answer.dataset,
        stg_answer.variant,
        stg_answer.model,
        count(distinct stg_answer.question_id) as n_answered,
        count(distinct stg_answer.question_id) filter (where stg_answer.fixed_score is not null) as n_fixed,
        count(distinct stg_answer.question_id) filter (where stg_answer.compat_score is not null) as n_compat,
        count(distinct stg_answer.question_id) filter (where stg_answer.recorded_score is not null) as n_recorded
    from stg_answer
    group by stg_answer.dataset, stg_answer.variant, stg_answer.model
),

asked as (
    select distinct
        question.dataset,
        question.variant,
        call.asked_model as model
    from call
    inner join question on call.question_id = question.question_id
    where call.purpose = 'answer'
    union
    select
        answered.dataset,
        answered.variant,
        answered.model
    from answered
)

select
    asked.dataset,
    asked.variant,
    asked.model,
    expected.n_expected,
    coalesce(answered.n_answered, 0) as n_answered,
    coalesce(answered.n_fixed, 0) as n_fixed, -- questions with a verdict of ours
    coalesce(answered.n_compat, 0) as n_compat, -- questions with a verdict of ours by the reference's rules
    coalesce(answered.n_recorded, 0) as n_recorded, -- questions with a verdict that came with the data
    coalesce(answered.n_answered, 0) / expected.n_expected as answered_share
from asked
inner join expected on asked.dataset = expected.dataset and asked.variant = expected.variant
left join answered
    on asked.dataset = answered.dataset and asked.variant = answered.variant and asked.model = answered.model;
