-- one row per (question, model) of $models and the datasets $datasets that was ever asked anew or in two ways, or is of
-- $asked (ids of questions) and $askable (models): how often it was asked anew, its samples in any way, and the
-- requests whose answers count
with asked as (
    select
        response.question_id,
        response.model,
        response.request_key,
        response.sample_index,
        coalesce(response.refresh, 0) as refresh,
        max(response.sample_index) over (partition by response.question_id, response.model) + 1 as n_sample,
        max(coalesce(response.refresh, 0)) over (partition by response.question_id, response.model) as standing
    from response
    inner join question on response.question_id = question.question_id
    where
        response.purpose = 'answer'
        and response.source = 'live'
        and response.model in (select wanted.model from unnest($models) as wanted (model))
        and in_datasets(question.dataset, question.variant, $datasets)
)

select
    asked.question_id,
    asked.model,
    asked.standing as refresh,
    any_value(asked.n_sample) as n_sample,
    list(struct_pack(sample_index := asked.sample_index, request_key := asked.request_key)) as requests
from asked
where asked.refresh = asked.standing
group by asked.question_id, asked.model, asked.standing
having
    asked.standing > 0
    or count(*) > count(distinct asked.sample_index)
    or (
        asked.question_id in (select wanted.question_id from unnest($asked) as wanted (question_id))
        and asked.model in (select wanted.model from unnest($askable) as wanted (model))
    );
