-- one row per (model, trouble) of the requests of the run $run: by their last error, or answered by another model;
-- `heard` is whether any request to the model was answered
with
request as (
    select
        *,
        bool_or(answered) over (partition by asked_model) as heard
    from stg_request
    where run_id = $run
),

filtered as (
    select distinct request_key
    from response
    where finish_reason = 'content_filter'
),

troubled as (
    select
        request.asked_model as model,
        request.heard,
        case
            when not request.answered then request.error_kind
            when filtered.request_key is not null then 'content_filter'
            when request.answered_by_another then 'another_model'
        end as trouble
    from request
    left join filtered on request.request_key = filtered.request_key
)

select
    troubled.model,
    troubled.trouble,
    any_value(troubled.heard) as heard,
    count(*) as n,
    (select count(*) from request) as n_request
from troubled
where troubled.trouble is not null
group by troubled.model, troubled.trouble
order by n desc, troubled.model asc, troubled.trouble asc;
