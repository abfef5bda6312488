-- one row per question of $questions
select
    question.question_id,
    question.dataset,
    question.text
from question
where question.question_id in (select wanted.id from unnest($questions) as wanted (id));
