-- one row per model: accuracy over all its judged questions, cost, latency, refusals; compare rows of equal n_question
create or replace view model_overall as
with
judged as (
    select
        stg_judged.model,
        count(*) as n_question,
        count(distinct stg_judged.dataset) as n_dataset,
        avg(stg_judged.score) as accuracy
    from stg_judged
    group by stg_judged.model
),

given as (
    select
        stg_current.model,
        count(*) as n_answer,
        count(stg_current.cost_usd) as n_cost,
        avg(stg_current.cost_usd) as cost_usd_per_answer,
        count(stg_current.latency_s) as n_latency,
        median(stg_current.latency_s) as latency_s_median,
        quantile_cont(stg_current.latency_s, 0.95) as latency_s_p95,
        bool_or(dataset.synthetic) as synthetic
    from stg_current
    left join dataset on stg_current.dataset = dataset.dataset and stg_current.variant = dataset.variant
    group by stg_current.model
),

refused as (
    select
        refusal.model,
        sum(refusal.n_refused + refusal.n_filtered) / nullif(sum(refusal.n_answer + refusal.n_filtered), 0) as share
    from refusal
    group by refusal.model
),

silent as (
    select
        stg_refusal.model,
        avg(stg_refusal.gave_none::integer) as share
    from stg_refusal
    group by stg_refusal.model
),

-- Wilson's interval is defined at 0 and 1 and for few questions; 1.96 is the normal distribution's 97.5 % point.
wilson as (
    select
        judged.model,
        (judged.accuracy + 1.92 / judged.n_question) / (1 + 3.84 / judged.n_question) as centre,
        sqrt(
            3.84 * judged.accuracy * (1 - judged.accuracy) / judged.n_question + 3.69 / (judged.n_question ^ 2)
        ) / (1 + 3.84 / judged.n_question) as half
    from judged
)

select
    given.model,
    judged.n_question, -- judged questions: what the accuracy is of
    judged.n_dataset,
    judged.accuracy, -- mean score over these questions, a fraction in [0, 1]
    greatest(wilson.centre - wilson.half, 0) as ci_low, -- Wilson's 95 % interval over questions
    least(wilson.centre + wilson.half, 1) as ci_high,
    given.n_answer,
    given.n_cost, -- answers of known cost: what the cost is of
    given.cost_usd_per_answer,
    given.n_latency, -- answers of known latency
    given.latency_s_median,
    given.latency_s_p95,
    silent.share as no_answer_share, -- answers from which nothing could be extracted, in [0, 1]
    refused.share as refusal_share, -- refusals in words or by a content filter, in [0, 1]
    given.synthetic
from given
left join judged on given.model = judged.model
left join wilson on given.model = wilson.model
left join refused on given.model = refused.model
left join silent on given.model = silent.model;
