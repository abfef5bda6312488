-- one row per question content of the datasets: in how many places and with how many truths per dataset it occurs
with
asked as (
    select
        question.question_id,
        question.dataset,
        question.variant,
        question.content_hash,
        question.ground_truth
    from question
    where in_datasets(question.dataset, question.variant, $datasets)
),

in_dataset as (
    select
        content_hash,
        dataset,
        min(question_id) as question_id,
        count(distinct variant) as n_variant,
        count(distinct ground_truth) as n_truth
    from asked
    group by content_hash, dataset
)

select
    min(question_id) as row_key,
    sum(n_variant)::bigint as n_place,
    max(n_truth) as n_truth
from in_dataset
group by content_hash;
