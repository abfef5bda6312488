-- one row per imported answer to $questions, with the verdict that came with it; no text where none was recorded
select
    response.question_id,
    response.model,
    response.sample_index,
    case when response.finish_reason = 'not_recorded' then null else response.text end as response,
    nullif(response.finish_reason, 'not_recorded') as finish_reason,
    response.mean_logprob,
    response.prompt_tokens,
    response.completion_tokens,
    response.cost_usd,
    response.latency_s,
    score.score
from response
left join score on response.response_id = score.response_id and score.mode = 'recorded'
where
    response.source = 'imported' and response.purpose = 'answer'
    and response.question_id in (select unnest($questions));
