-- one row: the bank of split $split, pool $pool and embedder $embedder that the run $run built, else the newest of
-- profile $profile (null: of any)
select bank.bank_id
from bank
left join run on bank.run_id = run.run_id
where
    bank.split_id = $split
    and bank.pool = $pool
    and bank.embedder = $embedder
    and ($profile is null or run.profile = $profile)
order by bank.run_id is not distinct from $run desc, bank.created_at desc
limit 1;
