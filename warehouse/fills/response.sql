-- one row per landed response, but no live one that is older than what is there; what it lacks besides its text it has
-- from the same row with the same text
with whole as (
    select * from response where false
    union all by name
    select * from landed
)

select
    whole.* replace (
        coalesce(whole.finish_reason, known.finish_reason) as finish_reason,
        coalesce(whole.mean_logprob, known.mean_logprob) as mean_logprob,
        coalesce(whole.prompt_tokens, known.prompt_tokens) as prompt_tokens,
        coalesce(whole.completion_tokens, known.completion_tokens) as completion_tokens,
        coalesce(whole.token_source, known.token_source) as token_source,
        coalesce(whole.cost_usd, known.cost_usd) as cost_usd,
        coalesce(whole.cost_source, known.cost_source) as cost_source,
        coalesce(whole.latency_s, known.latency_s) as latency_s
    )
from whole
left join response as known
    on
        whole.response_id = known.response_id
        and whole.source = known.source
        and whole.request_key is not distinct from known.request_key
where
    not exists (
        select 1
        from response as newer
        where
            whole.source = 'live'
            and newer.source = 'live'
            and newer.request_key = whole.request_key
            and newer.question_id = whole.question_id
            and newer.model = whole.model
            and newer.purpose = whole.purpose
            and newer.sample_index = whole.sample_index
            and newer.created_at > whole.created_at
    );
