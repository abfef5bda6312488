-- one row per question whose outcome changed against the baseline run, with both answers
create or replace view flip_detail as
with
answer as (
    select
        response.response_id,
        any_value(response.model) as model,
        any_value(response.text) as text
    from response
    where
        response.response_id in (
            select flip.response_before from flip
            union all
            select flip.response_after from flip
        )
    group by response.response_id
)

select
    flip.run_id,
    flip.baseline_run_id,
    flip.system,
    flip.question_id,
    flip.dataset,
    flip.before,
    flip.after,
    case when flip.after < flip.before then 'lost' else 'gained' end as direction,
    question.text as question,
    question.ground_truth,
    answer_before.model as model_before,
    answer_after.model as model_after,
    answer_before.text as text_before,
    answer_after.text as text_after
from flip
left join question on flip.question_id = question.question_id
left join answer as answer_before on flip.response_before = answer_before.response_id
left join answer as answer_after on flip.response_after = answer_after.response_id;
