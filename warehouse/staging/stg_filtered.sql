-- one row per (question, model) whose calls a content filter left without any answer
create or replace view stg_filtered as
select distinct
    call.question_id,
    question.dataset,
    call.asked_model as model
from call
inner join question on call.question_id = question.question_id
where
    call.error_kind = 'content_filter'
    and call.purpose = 'answer'
    and not exists (
        select 1
        from response
        where
            response.question_id = call.question_id
            and response.model = call.asked_model
            and response.purpose = 'answer'
    );
