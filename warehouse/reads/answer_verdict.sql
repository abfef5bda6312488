-- one row per distinct answer of $models to the questions of $datasets that counts, with the score of verdict $verdict
select
    stg_current.question_id,
    stg_current.model,
    stg_current.response_id,
    min(stg_current.sample_index) as sample_index,
    any_value(
        case
            when $verdict = 'recorded' then coalesce(stg_current.recorded_score, stg_current.fixed_score)
            else coalesce(stg_current.fixed_score, stg_current.recorded_score)
        end
    ) as score,
    any_value(stg_current.extracted) as extracted,
    max(stg_current.prompt_tokens) as prompt_tokens,
    max(stg_current.completion_tokens) as completion_tokens,
    any_value(stg_current.token_source) as token_source,
    max(stg_current.cost_usd) as cost_usd,
    any_value(stg_current.cost_source) as cost_source,
    max(stg_current.latency_s) as latency_s
from stg_current
where
    stg_current.model in (select wanted.model from unnest($models) as wanted (model))
    and exists (
        select 1
        from unnest($datasets) as wanted (pattern)
        where stg_current.dataset glob wanted.pattern
    )
group by stg_current.question_id, stg_current.model, stg_current.response_id;
