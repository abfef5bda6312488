-- one row per answer whose verdict of ours differs from the one that came with the data
create or replace view verdict_disagreement as
select
    stg_answer.dataset,
    stg_answer.model,
    stg_answer.question_id,
    stg_answer.response_id,
    question.ground_truth,
    stg_answer.extracted,
    stg_answer.verdict,
    stg_answer.fixed_score,
    stg_answer.recorded_score,
    case
        when stg_answer.verdict = 'no_answer' then 'nothing extracted here'
        when stg_answer.fixed_score > stg_answer.recorded_score then 'right here, wrong there'
        else 'wrong here, right there'
    end as cause
from stg_answer
inner join question on stg_answer.question_id = question.question_id
where abs(stg_answer.fixed_score - stg_answer.recorded_score) > 1e-9;
