-- one row per model of the datasets' answers that were judged here: share of answers from which nothing was extracted
select
    stg_answer.model as row_key,
    count(*) as n_answer,
    avg((stg_answer.verdict = 'no_answer')::integer) as no_answer_share
from stg_answer
where
    stg_answer.verdict is not null
    and exists (
        select 1
        from unnest($datasets) as wanted (pattern)
        where
            stg_answer.dataset glob wanted.pattern
            or (
                contains(wanted.pattern, '/')
                and concat_ws('/', stg_answer.dataset, stg_answer.variant) glob wanted.pattern
            )
    )
group by stg_answer.model;
