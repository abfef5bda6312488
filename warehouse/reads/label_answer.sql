-- one row per answer of a model to the question of live answer $key: a collaboration's identifier or a question's
select
    response.question_id,
    response.model,
    response.text,
    verdict.extracted,
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
left join stg_verdict as verdict on response.response_id = verdict.response_id and verdict.mode = 'fixed'
where response.purpose = 'answer'
order by response.model, response.sample_index;
