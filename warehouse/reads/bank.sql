-- one row for the bank $bank, none when it is not known
select bank.*
from bank
where bank.bank_id = $bank;
