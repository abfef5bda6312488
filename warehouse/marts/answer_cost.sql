-- one row per response: what it cost, failed attempts included
create or replace view answer_cost as
with
attempt as (
    select
        call.request_key,
        count(*) as n_attempt,
        count(call.error_kind) as n_failed,
        sum(call.cost_usd) filter (where call.error_kind is not null) as failed_cost_usd,
        if(
            bool_or(call.error_kind is null and call.cost_usd is null),
            null, sum(call.cost_usd) filter (where call.error_kind is null)
        ) as paid_usd,
        bool_or(call.error_kind is null and call.error_message is not null) as came_back -- from a lost host
    from call
    group by call.request_key
)

select
    response.response_id,
    response.question_id,
    question.dataset,
    response.model,
    response.purpose,
    response.source,
    response.run_id,
    response.prompt_tokens,
    response.completion_tokens,
    response.token_source,
    attempt.n_attempt, -- null for imported responses
    attempt.n_failed,
    response.cost_usd, -- of the successful attempt; null when unknown
    response.cost_source,
    attempt.failed_cost_usd, -- what failed attempts cost, as far as it is known
    if(attempt.came_back, attempt.paid_usd, response.cost_usd) + coalesce(attempt.failed_cost_usd, 0) as total_cost_usd,
    response.latency_s,
    response.created_at
from response
left join question on response.question_id = question.question_id
left join attempt on response.request_key = attempt.request_key;
