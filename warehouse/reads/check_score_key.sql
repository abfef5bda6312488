-- one row per (response, scorer, version, mode) of the datasets with several verdicts, and one for all with one
with
verdict as (
    select
        score.response_id || ' ' || score.scorer || ' ' || score.scorer_version || ' ' || score.mode as row_key,
        count(*) as n_verdict
    from score
    where
        score.response_id in (
            select response.response_id
            from response
            inner join question on response.question_id = question.question_id
            where in_datasets(question.dataset, question.variant, $datasets)
        )
    group by score.response_id, score.scorer, score.scorer_version, score.mode
)

select
    case when n_verdict > 1 then row_key end as row_key,
    n_verdict,
    count(*) as n_row
from verdict
group by all;
