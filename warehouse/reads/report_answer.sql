-- one row per collaborative answer of $collaborations, with its question and the text of the chosen candidate
select
    collaboration.*,
    question.dataset,
    question.text as question,
    question.ground_truth,
    (
        select count(*)
        from stg_judged
        where stg_judged.question_id = collaboration.question_id
    ) as n_model,
    (
        select count(*)
        from stg_judged
        where stg_judged.question_id = collaboration.question_id and stg_judged.score >= 0.5
    ) as n_model_right,
    (
        select any_value(response.text)
        from response
        where response.response_id = collaboration.response_id
    ) as text
from collaboration
inner join question on collaboration.question_id = question.question_id
where collaboration.collaboration_id in (select wanted.id from unnest($collaborations) as wanted (id))
order by collaboration.collaboration_id;
