-- one row per (run, request): whether it was answered, and how it failed; also those never made to a model given up
create or replace view stg_request as
with lost as (
    select call.call_id
    from call
    where
        call.error_kind = 'unknown'
        and call.request_key in (select response.request_key from response)
)

select
    call.run_id,
    call.request_key,
    call.asked_model,
    any_value(call.purpose) as purpose,
    bool_or(call.error_kind is null or lost.call_id is not null) as answered,
    arg_max(call.error_kind, call.started_at) filter (where call.error_kind is not null) as error_kind,
    bool_or(call.error_kind is null and call.served_model <> call.asked_model) as answered_by_another
from call
left join lost on call.call_id = lost.call_id
group by call.run_id, call.request_key, call.asked_model
union all
select
    unasked.run_id,
    unasked.request_key,
    unasked.asked_model,
    unasked.purpose,
    false as answered, -- whether any attempt gave an answer; where its outcome was lost, any run's
    unasked.error_kind, -- of the last failed attempt, or why it was not made
    false as answered_by_another -- whether another model than the asked one answered
from unasked
where
    not exists (
        select 1
        from call
        where call.run_id = unasked.run_id and call.request_key = unasked.request_key
    )
    and unasked.request_key not in (
        select response.request_key
        from response
        where response.request_key is not null
    );
