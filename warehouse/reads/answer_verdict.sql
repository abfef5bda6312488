-- one row per distinct answer of $models to the questions of $datasets that counts, with the score of verdict $verdict
select
    stg_answer.question_id,
    stg_answer.model,
    stg_answer.response_id,
    min(stg_answer.sample_index) as sample_index,
    any_value(
        case
            when $verdict = 'recorded' then coalesce(stg_answer.recorded_score, stg_answer.fixed_score)
            else coalesce(stg_answer.fixed_score, stg_answer.recorded_score)
        end
    ) as score,
    any_value(stg_answer.extracted) as extracted,
    max(stg_answer.prompt_tokens) as prompt_tokens,
    max(stg_answer.completion_tokens) as completion_tokens,
    any_value(stg_answer.token_source) as token_source,
    max(stg_answer.cost_usd) as cost_usd,
    any_value(stg_answer.cost_source) as cost_source
from stg_answer
left join stg_newest
    on stg_answer.question_id = stg_newest.question_id and stg_answer.model = stg_newest.model
where
    (stg_newest.response_id is null or stg_answer.response_id = stg_newest.response_id)
    and stg_answer.model in (select wanted.model from unnest($models) as wanted (model))
    and exists (
        select 1
        from unnest($datasets) as wanted (pattern)
        where stg_answer.dataset glob wanted.pattern
    )
group by stg_answer.question_id, stg_answer.model, stg_answer.response_id;
