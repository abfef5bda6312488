-- one row per collaborative answer of $collaborations, with its question and the text of the chosen candidate
select
    collaboration.*,
    question.dataset,
    question.text as question,
    question.ground_truth,
    (
        select any_value(response.text)
        from response
        where response.response_id = collaboration.response_id
    ) as text
from collaboration
inner join question on collaboration.question_id = question.question_id
where collaboration.collaboration_id in (select wanted.id from unnest($collaborations) as wanted (id))
order by collaboration.collaboration_id;
