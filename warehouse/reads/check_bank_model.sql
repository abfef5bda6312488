-- one row per (bank of the run $run, model with a label): share of the bank's questions that have one
select
    bank.bank_id || ' ' || bank_label.model as row_key,
    count(*) / any_value(bank.n_item) as labelled_share
from bank
inner join bank_label on bank.bank_id = bank_label.bank_id
where bank.run_id = $run
group by bank.bank_id, bank_label.model;
