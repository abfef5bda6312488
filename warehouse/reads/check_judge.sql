-- one row per (dataset, judge and its model) of the datasets: kinds of verdicts, where there are at least 20
select
    question.dataset || ' ' || score.scorer || ' ' || score.scorer_version as row_key,
    case when count(*) >= 20 then count(distinct score.verdict) end as n_verdict_kind
from score
inner join response on score.response_id = response.response_id
inner join question on response.question_id = question.question_id
where
    score.scorer_version like '%/%' -- only a judge's names its model
    and in_datasets(question.dataset, question.variant, $datasets)
group by question.dataset, score.scorer, score.scorer_version;
