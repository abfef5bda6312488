-- how good, dear, fast and silent is each model over all its questions? one row per model; n differs where questions do
select
    model_overall.model,
    round(100 * model_overall.accuracy, 1) as accuracy,
    round(100 * model_overall.ci_low, 1) as ci_low,
    round(100 * model_overall.ci_high, 1) as ci_high,
    model_overall.n_question as n,
    round(1000 * model_overall.cost_usd_per_answer, 3) as usd_per_1000,
    round(model_overall.latency_s_median, 2) as p50_s,
    round(model_overall.latency_s_p95, 2) as p95_s,
    round(100 * model_overall.no_answer_share, 1) as no_answer,
    round(100 * model_overall.refusal_share, 1) as refusal
from model_overall
order by model_overall.n_question desc, model_overall.accuracy desc, model_overall.model asc;
