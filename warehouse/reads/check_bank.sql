-- one row per bank of the run $run: recall of its index against exact search; null when exact search is used alone
select
    bank.bank_id as row_key,
    bank.recall
from bank
where bank.run_id = $run;
