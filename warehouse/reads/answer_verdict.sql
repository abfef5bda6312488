-- one row per distinct answer of $models to the questions of $datasets that counts; score by $score_mode, or the next
select
    stg_current.question_id,
    stg_current.model,
    stg_current.response_id,
    min(stg_current.sample_index) as sample_index,
    any_value(
        score_by($score_mode, stg_current.score, stg_current.compat_score, stg_current.recorded_score)
    ) as score,
    any_value(
        case
            when $score_mode = 'compat' then stg_current.compat_extracted
            else stg_current.extracted
        end
    ) as extracted,
    max(stg_current.prompt_tokens) as prompt_tokens,
    max(stg_current.completion_tokens) as completion_tokens,
    any_value(stg_current.token_source) as token_source,
    max(stg_current.cost_usd) as cost_usd,
    any_value(stg_current.cost_source) as cost_source,
    max(stg_current.latency_s) as latency_s
from stg_current
where
    stg_current.model in (select wanted.model from unnest($models) as wanted (model))
    and in_datasets(stg_current.dataset, stg_current.variant, $datasets)
group by stg_current.question_id, stg_current.model, stg_current.response_id;
