-- one row per response to the datasets whose cost is tokens times price: how far it is off the nearest listed price
select
    response.response_id as row_key,
    min(
        abs(
            response.cost_usd
            - (
                response.prompt_tokens * price.input_usd_per_mtok
                + response.completion_tokens * price.output_usd_per_mtok
            ) / 1e6
        ) / greatest(response.cost_usd, 1e-12)
    ) as error_share
from response
inner join question on response.question_id = question.question_id
inner join price on response.model = price.model
where
    response.cost_source = 'priced'
    and exists (
        select 1
        from unnest($datasets) as wanted (pattern)
        where question.dataset glob wanted.pattern
    )
group by response.response_id;
