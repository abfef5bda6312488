-- one row per model of $models and question of the datasets $datasets that it answered: the age of what counts
with
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
    question.dataset,
    response.model,
    max(coalesce(response.refresh, 0)) as refresh, -- how often it was asked anew
    max(coalesce(asked.asked_at, response.created_at)) as asked_at -- a reused text is as old as the call it came from
from response
inner join question on response.question_id = question.question_id
left join asked on response.request_key = asked.request_key
left join stg_newest on response.question_id = stg_newest.question_id and response.model = stg_newest.model
where
    response.purpose = 'answer'
    and coalesce(response.refresh, 0) = coalesce(stg_newest.refresh, 0)
    and response.model in (select wanted.model from unnest($models) as wanted (model))
    and in_datasets(question.dataset, question.variant, $datasets)
group by response.question_id, question.dataset, response.model;
