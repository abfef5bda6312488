-- one row per vote that the bank $bank taught
select
    fitted_vote.fit_id,
    fitted_vote.weights,
    fitted_vote.slopes,
    fitted_vote.none
from fitted_vote
where fitted_vote.bank_id = $bank;
