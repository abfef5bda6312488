-- one row per response key of the datasets that occurs more than once, and one for all that occur once
with
keyed as (
    select
        response.response_id,
        count(*) as copies
    from response
    inner join question on response.question_id = question.question_id
    where
        in_datasets(question.dataset, question.variant, $datasets)
    group by response.response_id
)

select
    case when copies > 1 then response_id end as row_key,
    copies,
    count(*) as n_row
from keyed
group by all;
