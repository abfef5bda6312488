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
        run_policy.position,
        run_policy.system,
        policy.split_id,
        route.question_id,
        unnest(coalesce(route.asked, [route.model])) as model
    from run_policy
    inner join policy on run_policy.policy_id = policy.policy_id
    inner join route on run_policy.policy_id = route.policy_id and run_policy.point = coalesce(route.point, '')
    where
        run_policy.run_id = $run
        and run_policy.point = ''
        and run_policy.created_at = (
            select max(newest.created_at)
            from run_policy as newest
            where newest.run_id = $run
        )
),

costed as (
    select
        asked.position,
        asked.system,
        asked.split_id,
        asked.question_id,
        case when count(*) = count(cell.cost_usd) then sum(cell.cost_usd) end as was,
        case
            when count(*) = count(if(price.model is null, cell.cost_usd, priced.cost_usd))
                then sum(if(price.model is null, cell.cost_usd, priced.cost_usd))
        end as would_be
    from asked
    left join read_parquet($cells) as cell on asked.question_id = cell.question_id and asked.model = cell.model
    left join price on asked.model = price.model
    left join priced on asked.question_id = priced.question_id and asked.model = priced.model
    group by asked.position, asked.system, asked.split_id, asked.question_id
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
