-- one row per question of $questions that is known: its text
select
    question.question_id,
    question.text
from question
where question.question_id in (select wanted.question_id from unnest($questions) as wanted (question_id));
