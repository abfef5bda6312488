-- one row per answer of a model (purpose answer) with its text: whether it refuses, gives no answer, or was cut off
create or replace view stg_refusal as
select
    stg_current.response_id,
    stg_current.question_id,
    stg_current.dataset,
    stg_current.model,
    coalesce(stg_current.verdict = 'no_answer', false) as gave_none, -- no answer could be extracted
    coalesce(stg_current.finish_reason = 'length', false) as cut_off, -- it reached its limit of tokens
    coalesce(
        stg_current.finish_reason = 'content_filter'
        or (
            coalesce(stg_current.verdict, 'no_answer') in ('no_answer', 'unjudged')
            and regexp_matches(
                left(ltrim(response.text), 200),
                '^(i.?m |i am )?(very |so |really )?(sorry|apologi[sz]e|afraid)?[,.! ]*(but )?'
                || '(i (can.?t|cannot|can not|won.?t|will not|must decline)|i.?m (unable|not able)'
                || '|i am (unable|not able)|as an ai)',
                'i'
            )
        ),
        false
    ) as refused -- stopped by a content filter, or begins with a refusal and gives no answer
from stg_current
inner join response
    on
        stg_current.response_id = response.response_id
        and stg_current.question_id = response.question_id
        and stg_current.model = response.model
where coalesce(stg_current.finish_reason, '') <> 'not_recorded';
