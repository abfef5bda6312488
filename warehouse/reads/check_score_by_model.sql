-- one row per model of the datasets' answers that were judged here: share of answers from which nothing was extracted
select
    stg_answer.model as row_key,
    count(*) as n_answer,
    avg((stg_answer.verdict = 'no_answer')::integer) as no_answer_share
from stg_answer
where
    stg_answer.verdict is not null
    and in_datasets(stg_answer.dataset, stg_answer.variant, $datasets)
group by stg_answer.model;
