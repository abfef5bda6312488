-- one row per (dataset, model): what its answers are worth and what they cost
create or replace view model_leaderboard as
select
    stg_answer.dataset,
    stg_answer.model,
    count(*) as n_answer,
    count(stg_answer.fixed_score) as n_fixed, -- answers with our verdict
    count(stg_answer.recorded_score) as n_recorded, -- answers with a verdict that came with the data
    avg(stg_answer.fixed_score) as accuracy_fixed,
    avg(stg_answer.recorded_score) as accuracy_recorded,
    avg((stg_answer.verdict = 'no_answer')::integer) as no_answer_share, -- of the answers with our verdict
    count(stg_answer.cost_usd) as n_cost, -- answers with a known cost
    avg(stg_answer.cost_usd) as cost_usd_per_answer,
    avg(stg_answer.completion_tokens) as completion_tokens_per_answer,
    median(stg_answer.latency_s) as latency_s_median,
    quantile_cont(stg_answer.latency_s, 0.95) as latency_s_p95,
    bool_or(stg_answer.source = 'imported') as has_imported
from stg_answer
group by stg_answer.dataset, stg_answer.model;
