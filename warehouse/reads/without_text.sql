-- one row per question of $datasets, and per model of $models, whose answers among these all came without their text
select
    stg_answer.question_id,
    stg_answer.model
from stg_answer
where
    stg_answer.model in (select wanted.model from unnest($models) as wanted (model))
    and in_datasets(stg_answer.dataset, stg_answer.variant, $datasets)
group by grouping sets (stg_answer.question_id, stg_answer.model)
having bool_and(coalesce(stg_answer.finish_reason, '') = 'not_recorded')
order by stg_answer.model, stg_answer.question_id;
