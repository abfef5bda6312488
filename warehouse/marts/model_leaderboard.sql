-- one row per (dataset, model): what its answers are worth and what they cost
create or replace view model_leaderboard as
select
    stg_current.dataset,
    stg_current.model,
    count(*) as n_answer,
    count(stg_current.fixed_score) as n_fixed, -- answers with our verdict
    count(stg_current.recorded_score) as n_recorded, -- answers with a verdict that came with the data
    avg(stg_current.fixed_score) as accuracy_fixed,
    avg(stg_current.recorded_score) as accuracy_recorded,
    avg((stg_current.verdict = 'no_answer')::integer)
    filter (where stg_current.finish_reason is distinct from 'not_recorded') as no_answer_share, -- of judged answers
    count(stg_current.cost_usd) as n_cost, -- answers with a known cost
    avg(stg_current.cost_usd) as cost_usd_per_answer,
    avg(stg_current.completion_tokens) as completion_tokens_per_answer,
    median(stg_current.latency_s) as latency_s_median,
    quantile_cont(stg_current.latency_s, 0.95) as latency_s_p95,
    bool_or(stg_current.source = 'imported') as has_imported
from stg_current
group by stg_current.dataset, stg_current.model;
