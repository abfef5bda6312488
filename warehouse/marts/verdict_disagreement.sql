-- one row per answer whose verdict of ours differs from the one that came with the data
create or replace view verdict_disagreement as
select
    stg_current.dataset,
    stg_current.model,
    stg_current.question_id,
    stg_current.response_id,
    question.ground_truth,
    stg_current.extracted,
    stg_current.verdict,
    stg_current.fixed_score,
    stg_current.recorded_score,
    case
        when stg_current.verdict = 'no_answer' then 'nothing extracted here'
        when stg_current.fixed_score > stg_current.recorded_score then 'right here, wrong there'
        else 'wrong here, right there'
    end as cause
from stg_current
inner join question on stg_current.question_id = question.question_id
where abs(stg_current.fixed_score - stg_current.recorded_score) > 1e-9;
