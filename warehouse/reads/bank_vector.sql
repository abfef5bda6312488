-- one row per question of the bank $bank, in the bank's order: its vector, null when that is not in the cache
select embedding.vector
from bank_item
inner join bank on bank_item.bank_id = bank.bank_id
inner join question on bank_item.question_id = question.question_id
left join embedding on bank.embedder = embedding.embedder and bank_item.text_hash = embedding.text_hash
where bank_item.bank_id = $bank
order by bank_item.position;
