-- one row per first answer of $model that counts to a question of $datasets; verdict of mode $score_mode, or the next
with numbered as (
    select
        question_id,
        try_cast(
            regexp_extract(coalesce(metadata ->> '$.index', source_key), '^(0|[1-9][0-9]{0,17})$') as bigint
        ) as told,
        row_number() over (partition by dataset, variant order by length(source_key), source_key) as place,
        bool_and(told is not null) over (partition by dataset, variant) as all_told
    from question
)

select
    question.question_id,
    question.dataset,
    question.variant,
    question.source_key,
    question.text as question,
    question.prompt,
    question.ground_truth,
    question.metadata,
    case when numbered.all_told then numbered.told else numbered.place end as question_index,
    response.response_id,
    case when response.finish_reason = 'not_recorded' then null else response.text end as response,
    response.finish_reason,
    coalesce(stg_verdict.score, stg_current.score) as score,
    case
        when stg_verdict.response_id is null then coalesce(stg_current.extracted, recorded.extracted)
        else stg_verdict.extracted
    end as extracted,
    response.prompt_tokens,
    response.completion_tokens,
    response.cost_usd,
    response.latency_s,
    response.mean_logprob,
    response.created_at
from stg_current
inner join response on stg_current.response_id = response.response_id
inner join question on stg_current.question_id = question.question_id
inner join numbered on question.question_id = numbered.question_id
-- what came with the data, too, which no vote reads
left join stg_verdict on stg_current.response_id = stg_verdict.response_id and stg_verdict.mode = $score_mode
left join stg_verdict as recorded on stg_current.response_id = recorded.response_id and recorded.mode = 'recorded'
where
    stg_current.model = $model
    and stg_current.sample_index = 0
    and in_datasets(stg_current.dataset, stg_current.variant, $datasets)
order by question.dataset, question.variant, length(question.source_key), question.source_key;
