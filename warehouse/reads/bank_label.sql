-- one row per (question, model) with a label in the bank $bank
select
    bank_label.question_id,
    bank_label.model,
    bank_label.label,
    bank_label.provenance
from bank_label
where bank_label.bank_id = $bank;
