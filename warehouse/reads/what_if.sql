-- one row per (system, test question) of the newest routing of the run $run: US dollars as they were, and with the
-- prices $inputs and $outputs (US dollars per million tokens) of $models; means over the seeds that test the question
with
price as (
    select
        unnest($models) as model,
        unnest($inputs) as input_usd,
        unnest($outputs) as output_usd
),

response_tokens as (
    select
        stg_current.question_id,
        stg_current.model,
        stg_current.response_id,
        max(stg_current.prompt_tokens) as prompt_tokens,
        max(stg_current.completion_tokens) as completion_tokens
    from stg_current
    group by stg_current.question_id, stg_current.model, stg_current.response_id
),

priced as (
    select
        response_tokens.question_id,
        response_tokens.model,
        case
            when count(*) = count(response_tokens.prompt_tokens + response_tokens.completion_tokens)
                then avg(
                    response_tokens.prompt_tokens * price.input_usd
                    + response_tokens.completion_tokens * price.output_usd
                ) / 1e6
        end as cost_usd
    from response_tokens
    inner join price on response_tokens.model = price.model
    group by response_tokens.question_id, response_tokens.model
),

asked as (
    select
        stg_routed.position,
        stg_routed.system,
        stg_routed.split_id,
        stg_routed.question_id,
        stg_routed.model is null as drawn,
        coalesce(len(stg_routed.asked), 1) = 1 as is_alone,
        unnest(coalesce(stg_routed.asked, [stg_routed.model])) as model
    from stg_routed
    where stg_routed.run_id = $run and stg_routed.point = ''
),

costed as (
    select
        asked.position,
        asked.system,
        asked.split_id,
        asked.question_id,
        -- of models of which one is drawn, the expectation
        case when count(*) = count(cell.cost_usd) then sum(cell.cost_usd) / if(asked.drawn, count(*), 1) end as was,
        case
            when count(*) = count(if(price.model is null, cell.cost_usd, priced.cost_usd))
                then sum(if(price.model is null, cell.cost_usd, priced.cost_usd)) / if(asked.drawn, count(*), 1)
        end as would_be
    from asked
    left join read_parquet($cells) as cell on asked.question_id = cell.question_id and asked.model = cell.model
    left join price on asked.model = price.model
    left join priced on asked.question_id = priced.question_id and asked.model = priced.model
    -- of several, who did not answer costs nothing, as on the leaderboard
    where asked.is_alone or cell.response_id is not null
    group by asked.position, asked.system, asked.split_id, asked.question_id, asked.drawn
)

select
    costed.system,
    costed.question_id,
    any_value(question.dataset) as dataset,
    case when count(*) = count(costed.was) then avg(costed.was) end as was,
    case when count(*) = count(costed.would_be) then avg(costed.would_be) end as would_be
from costed
inner join question on costed.question_id = question.question_id
group by costed.position, costed.system, costed.question_id
order by costed.position, costed.question_id;
