-- one row per priced response to the datasets: how far its cost is off tokens times the nearest listed price
with
tokens as (
    select
        response.response_id,
        coalesce(call.served_model, response.model) as model,
        response.cost_usd,
        response.prompt_tokens,
        response.completion_tokens,
        coalesce(call.cache_read_tokens, 0) as cache_read_tokens,
        coalesce(call.cache_write_tokens, 0) as cache_write_tokens,
        coalesce(call.reasoning_tokens, 0) as reasoning_tokens
    from response
    inner join question on response.question_id = question.question_id
    left join call on response.request_key = call.request_key and call.cost_source = 'priced'
    where
        response.cost_source = 'priced'
        and in_datasets(question.dataset, question.variant, $datasets)
)

select
    tokens.response_id as row_key,
    min(
        abs(
            tokens.cost_usd
            - (
                (tokens.prompt_tokens - tokens.cache_read_tokens - tokens.cache_write_tokens)
                * price.input_usd_per_mtok
                + tokens.cache_read_tokens * coalesce(price.cache_read_usd_per_mtok, price.input_usd_per_mtok)
                + tokens.cache_write_tokens * coalesce(price.cache_write_usd_per_mtok, price.input_usd_per_mtok)
                + (tokens.completion_tokens - tokens.reasoning_tokens) * price.output_usd_per_mtok
                + tokens.reasoning_tokens * coalesce(price.reasoning_usd_per_mtok, price.output_usd_per_mtok)
            ) / 1e6
        ) / greatest(tokens.cost_usd, 1e-12)
    ) as error_share
from tokens
inner join price on tokens.model = price.model
group by tokens.response_id;
