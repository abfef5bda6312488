-- one row per response with a request key to a question of the datasets that match any of the globs $datasets, oldest
-- first; without its text
select
    response.request_key,
    response.response_id,
    response.model,
    response.completion_tokens,
    response.text_hash,
    response.created_at
from response
inner join question on response.question_id = question.question_id
where
    response.request_key is not null
    and in_datasets(question.dataset, question.variant, $datasets)
order by response.created_at;
