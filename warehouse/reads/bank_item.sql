-- one row per question of the bank $bank, in the bank's order, with what retrieval can be restricted by
select
    bank_item.question_id,
    bank_item.content_hash,
    question.dataset,
    question.variant,
    dataset.category,
    dataset.source
from bank_item
inner join question on bank_item.question_id = question.question_id
left join dataset on question.dataset = dataset.dataset and question.variant = dataset.variant
where bank_item.bank_id = $bank
order by bank_item.position;
