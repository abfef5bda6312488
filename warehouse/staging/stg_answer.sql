-- one row per answer of a model to a question (purpose answer), with its fixed and its recorded verdict
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
    fixed.verdict,
    fixed.extracted,
    fixed.score as fixed_score,
    recorded.score as recorded_score
from response
inner join question on response.question_id = question.question_id
left join stg_verdict as fixed
    on response.response_id = fixed.response_id and fixed.mode = 'fixed'
left join stg_verdict as recorded
    on response.response_id = recorded.response_id and recorded.mode = 'recorded'
where response.purpose = 'answer';
