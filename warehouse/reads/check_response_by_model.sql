-- one row per (model, source) of the responses to the datasets: token counts, empty and truncated texts
with
asked as (
    select
        response.model || ' (' || response.source || ')' as row_key,
        response.prompt_tokens,
        response.completion_tokens,
        response.finish_reason,
        not regexp_matches(response.text, '\S') as is_empty
    from response
    inner join question on response.question_id = question.question_id
    where in_datasets(question.dataset, question.variant, $datasets)
)

select
    row_key,
    case when count(*) >= 10 then count(distinct row(prompt_tokens, completion_tokens)) end as n_token_count,
    avg((not is_empty and coalesce(completion_tokens, 0) = 0)::integer) as no_token_share,
    avg(is_empty::integer) as empty_share,
    avg((coalesce(finish_reason, '') = 'length')::integer) as truncated_share
from asked
group by row_key;
