-- one row: the bank of split $split, pool $pool and embedder $embedder that the run $run built, else the newest
select bank.bank_id
from bank
where bank.split_id = $split and bank.pool = $pool and bank.embedder = $embedder
order by bank.run_id is not distinct from $run desc, bank.created_at desc
limit 1;
