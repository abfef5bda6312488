-- what does an answer cost, failed attempts included? one row per model and purpose, dearest first
select
    answer_cost.model,
    answer_cost.purpose,
    count(*) as n_answer,
    count(answer_cost.total_cost_usd) as n_known,
    avg(answer_cost.total_cost_usd) as usd_per_answer,
    median(answer_cost.total_cost_usd) as usd_median,
    max(answer_cost.total_cost_usd) as usd_most,
    sum(answer_cost.failed_cost_usd) as usd_lost_in_failures,
    string_agg(distinct answer_cost.cost_source, ', ' order by answer_cost.cost_source) as cost_from
from answer_cost
group by answer_cost.model, answer_cost.purpose
order by usd_per_answer desc nulls last, answer_cost.model asc, answer_cost.purpose asc;
