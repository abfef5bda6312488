-- one row per (question, model) that was ever asked anew: the newest answer, the only one that counts
create or replace view stg_newest as
with
anew as (
    select distinct
        response.question_id,
        response.model
    from response
    where response.purpose = 'answer' and response.refresh > 0
),

asked as (
    select
        call.request_key,
        max(call.started_at) as asked_at
    from call
    where call.purpose = 'answer'
    group by call.request_key
)

select
    response.question_id,
    response.model,
    arg_max(response.response_id, coalesce(asked.asked_at, response.created_at)) as response_id,
    max(coalesce(asked.asked_at, response.created_at)) as asked_at
from response
inner join anew on response.question_id = anew.question_id and response.model = anew.model
left join asked on response.request_key = asked.request_key
where response.purpose = 'answer'
group by response.question_id, response.model;
