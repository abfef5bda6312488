-- one row per question key of the datasets: how often it occurs, and the length of its text (null when blank)
select
    question_id as row_key,
    count(*) as copies,
    min(case when regexp_matches(text, '\S') then length(text) end) as text_length
from question
where
    exists (
        select 1
        from unnest($datasets) as wanted (pattern)
        where
            question.dataset glob wanted.pattern
            or (
                contains(wanted.pattern, '/')
                and concat_ws('/', question.dataset, question.variant) glob wanted.pattern
            )
    )
group by question_id;
