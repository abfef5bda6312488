-- one row per model that answered the datasets $datasets: how its answers were judged
select
    response.model,
    count(*) as n_answer,
    count(fixed.verdict) as n_judged,
    round(100 * avg(fixed.score), 1) as percent_correct,
    count(*) filter (where fixed.verdict = 'no_answer') as n_no_answer,
    round(100 * avg((fixed.verdict = 'no_answer')::integer), 2) as percent_no_answer,
    count(*) filter (where fixed.verdict = 'timeout') as n_timeout,
    count(*) filter (where fixed.verdict = 'unjudged') as n_unjudged
from response
inner join question on response.question_id = question.question_id
inner join dataset on question.dataset = dataset.dataset and question.variant = dataset.variant
left join stg_verdict as fixed
    on response.response_id = fixed.response_id and fixed.mode = 'fixed'
where
    dataset.scorer is not null
    and response.purpose in ('answer', 'aggregate')
    and exists (
        select 1
        from unnest($datasets) as wanted (pattern)
        where question.dataset glob wanted.pattern
    )
group by response.model
order by percent_no_answer desc nulls last, response.model asc;
