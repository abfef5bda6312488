-- one row per response whose request key is one of $keys, of the moment $since (UTC) or later; oldest first
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
where
    response.request_key in (select unnest($keys))
    and response.created_at >= $since
order by response.created_at;
