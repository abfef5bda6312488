-- one row per first answer of $model, oldest first, to a question of the datasets that match any of the globs $datasets
select
    question.text,
    question.prompt,
    response.response_id,
    response.text as answer,
    response.finish_reason,
    response.mean_logprob,
    response.prompt_tokens,
    response.completion_tokens
from response
inner join question on response.question_id = question.question_id
where
    response.model = $model
    and response.purpose = 'answer'
    and response.sample_index = 0
    and response.source <> 'replay'
    and in_datasets(question.dataset, question.variant, $datasets)
order by response.created_at, response.response_id;
