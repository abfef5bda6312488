-- one row per answer of a model to the question of live answer $key: a collaboration's identifier or a question's
select
    response.question_id,
    response.model,
    response.text,
    stg_scored.extracted,
    newest.answer,
    newest.response_id = response.response_id as chosen
from (
    select
        collaboration.question_id,
        collaboration.answer,
        collaboration.response_id
    from collaboration
    inner join question on collaboration.question_id = question.question_id
    where question.dataset = $dataset and $key in (collaboration.collaboration_id, collaboration.question_id)
    order by collaboration.created_at desc
    limit 1
) as newest
inner join response on newest.question_id = response.question_id
left join stg_scored on response.response_id = stg_scored.response_id
where response.purpose = 'answer'
order by response.model, response.sample_index;
