-- one row per dataset of $names with questions that stand in several variants: how many do, and in which variants
with
repeated as (
    select
        question.dataset,
        question.content_hash,
        list(distinct question.variant) as variants
    from question
    where question.dataset in (select unnest($names))
    group by question.dataset, question.content_hash
    having count(distinct question.variant) > 1
)

select
    repeated.dataset,
    count(*) as n_question,
    list_sort(list_distinct(flatten(list(repeated.variants)))) as variants
from repeated
group by repeated.dataset
order by repeated.dataset;
