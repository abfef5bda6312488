-- one row per score of the datasets' responses that is out of bounds or of an unknown verdict, one per value otherwise
with
judged as (
    select
        score.response_id || ' ' || score.scorer || ' ' || score.mode as row_key,
        score.score,
        score.verdict,
        coalesce(score.score between 0 and 1, true)
        and score.verdict in ('correct', 'wrong', 'partial', 'no_answer', 'timeout', 'unjudged') as is_sound
    from score
    where score.response_id in (
        select response.response_id
        from response
        inner join question on response.question_id = question.question_id
        where in_datasets(question.dataset, question.variant, $datasets)
    )
)

select
    case when not is_sound then row_key end as row_key,
    score,
    verdict,
    count(*) as n_row
from judged
group by all;
