-- one row per response with a request key to a question of the datasets that match any of the globs $datasets
select
    response.request_key,
    response.response_id,
    response.question_id,
    response.model,
    response.text,
    response.finish_reason,
    response.mean_logprob,
    response.prompt_tokens,
    response.completion_tokens,
    response.cost_usd,
    response.token_source,
    response.cost_source,
    response.latency_s
from response
inner join question on response.question_id = question.question_id
where
    response.request_key is not null
    and exists (
        select 1
        from unnest($datasets) as wanted (pattern)
        where question.dataset glob wanted.pattern
    )
order by response.created_at;
