-- one row per bank question of the run $run whose content is also in the split's test part, and one for all others
with
item as (
    select
        bank_item.bank_id,
        bank_item.question_id,
        exists(
            select 1
            from split
            inner join question on split.question_id = question.question_id
            where
                split.split_id = bank.split_id
                and split.part = 'test'
                and question.content_hash = bank_item.content_hash
        ) as is_tested
    from bank
    inner join bank_item on bank.bank_id = bank_item.bank_id
    where bank.run_id = $run
)

select
    case when is_tested then bank_id || ' ' || question_id end as row_key,
    is_tested,
    count(*) as n_row
from item
group by all;
