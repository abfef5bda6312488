-- one row per (model, source) of the responses to the datasets: token counts, empty and truncated texts
select
    response.model || ' (' || response.source || ')' as row_key,
    count(*) as n_response,
    avg((coalesce(response.completion_tokens, 0) = 0 and trim(response.text) <> '')::integer) as no_token_share,
    case
        when count(*) >= 10 then count(distinct response.prompt_tokens, response.completion_tokens)
    end as n_token_count,
    avg((trim(response.text) = '')::integer) as empty_share,
    avg((coalesce(response.finish_reason, '') = 'length')::integer) as truncated_share
from response
inner join question on response.question_id = question.question_id
where
    exists (
        select 1
        from unnest($datasets) as wanted (pattern)
        where question.dataset glob wanted.pattern
    )
group by response.model, response.source;
