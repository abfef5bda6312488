-- one row per vector of the banks of the run $run that is not of unit length, and one for all that are
with
embedded as (
    select distinct
        embedding.embedder,
        embedding.text_hash,
        sqrt(list_dot_product(embedding.vector, embedding.vector)) as norm
    from bank
    inner join bank_item on bank.bank_id = bank_item.bank_id
    inner join embedding on bank.embedder = embedding.embedder and bank_item.text_hash = embedding.text_hash
    where bank.run_id = $run
)

select
    case when abs(norm - 1) > 1e-3 or isnan(norm) then embedder || ' ' || text_hash end as row_key,
    case when abs(norm - 1) > 1e-3 or isnan(norm) then norm else 1 end as norm,
    count(*) as n_row
from embedded
group by all;
