-- one row per question key of the datasets: how often it occurs, and the length of its text (null when blank)
select
    question.question_id as row_key,
    count(*) as copies,
    min(case when regexp_matches(question.text, '\S') then length(question.text) end) as text_length
from question
where
    in_datasets(question.dataset, question.variant, $datasets)
group by question.question_id;
