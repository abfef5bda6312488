-- which models refuse, say nothing usable or are cut off? one row per model with any, worst first
select
    refusal.model,
    sum(refusal.n_answer)::bigint as n_answer,
    sum(refusal.n_refused)::bigint as refused,
    sum(refusal.n_filtered)::bigint as filtered,
    sum(refusal.n_no_answer)::bigint as no_answer,
    sum(refusal.n_cut_off)::bigint as cut_off,
    arg_max(refusal.dataset, refusal.n_refused + refusal.n_filtered + refusal.n_no_answer) as mostly_on
from refusal
group by refusal.model
having sum(refusal.n_refused + refusal.n_filtered + refusal.n_no_answer + refusal.n_cut_off) > 0
order by sum(refusal.n_refused + refusal.n_filtered) desc, sum(refusal.n_no_answer) desc, refusal.model asc;
