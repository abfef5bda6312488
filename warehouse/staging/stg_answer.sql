-- one row per answer of a model to a question (purpose answer), with its verdicts
create or replace view stg_answer as
select
    response.response_id,
    response.question_id,
    question.dataset,
    question.variant,
    response.model,
    response.sample_index,
    coalesce(response.refresh, 0) as refresh, -- how often it was asked anew
    response.source,
    response.prompt_tokens,
    response.completion_tokens,
    response.token_source,
    response.cost_usd,
    response.cost_source,
    response.latency_s,
    response.mean_logprob,
    response.finish_reason,
    response.text_hash,
    stg_scored.verdict,
    stg_scored.extracted,
    stg_scored.compat_extracted,
    stg_scored.score,
    stg_scored.fixed_score,
    stg_scored.compat_score,
    stg_scored.recorded_score
from response
inner join question on response.question_id = question.question_id
left join stg_scored on response.response_id = stg_scored.response_id
where response.purpose = 'answer';
