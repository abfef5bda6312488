-- one row per (answer, pair of score modes) whose score is another one in the second mode
create or replace view verdict_change as
with
judged as (
    select
        stg_verdict.*,
        stg_mode.place,
        lower(regexp_replace(coalesce(stg_verdict.extracted, ''), '[^\pL\pN]', '', 'g')) as letters
    from stg_verdict
    inner join stg_mode on stg_verdict.mode = stg_mode.mode
)

select
    question.dataset,
    response.model,
    response.question_id,
    response.response_id,
    here.mode,
    there.mode as other_mode, -- that of the verdict compared with
    here.scorer,
    there.scorer as other_scorer, -- that of the verdict compared with
    here.verdict,
    there.verdict as other_verdict, -- in the other mode
    here.score,
    there.score as other_score, -- in the other mode, in [0, 1]; null when nothing could be judged
    here.extracted,
    there.extracted as other_extracted, -- in the other mode
    question.ground_truth,
    case
        when here.score is null then here.mode || ' cannot judge it'
        when there.score is null then there.mode || ' cannot judge it'
        when 'timeout' in (here.verdict, there.verdict) then 'stopped by a limit'
        when here.verdict = 'no_answer' then 'no answer found by ' || here.mode
        when there.verdict = 'no_answer' then 'no answer found by ' || there.mode
        when here.letters = '' or there.letters = '' then 'an answer that is not told'
        when here.letters <> there.letters then 'another answer taken'
        else 'the same answer, compared otherwise'
    end as cause
from judged as here
inner join judged as there on here.response_id = there.response_id and here.place < there.place
inner join response on here.response_id = response.response_id
inner join question on response.question_id = question.question_id
where here.score is distinct from there.score;
