-- where do our verdicts differ from the recorded ones? one row per dataset and cause, with an example
with
compared as (
    select
        stg_current.dataset,
        count(*) as n_compared
    from stg_current
    where stg_current.fixed_score is not null and stg_current.recorded_score is not null
    group by stg_current.dataset
)

select
    verdict_disagreement.dataset,
    verdict_disagreement.cause,
    count(*) as n_answer,
    any_value(compared.n_compared) as n_compared,
    round(100 * count(*) / any_value(compared.n_compared), 2) as percent,
    arg_min(verdict_disagreement.model, verdict_disagreement.response_id) as example_model,
    arg_min(verdict_disagreement.extracted, verdict_disagreement.response_id) as example_extracted,
    arg_min(verdict_disagreement.ground_truth, verdict_disagreement.response_id) as example_truth,
    min(verdict_disagreement.response_id) as example_response_id
from verdict_disagreement
inner join compared on verdict_disagreement.dataset = compared.dataset
group by verdict_disagreement.dataset, verdict_disagreement.cause
order by n_answer desc, verdict_disagreement.dataset asc, verdict_disagreement.cause asc;
