-- one row per question of $datasets whose answers of the models $models all came without their text
select stg_answer.question_id
from stg_answer
where
    stg_answer.model in (select wanted.model from unnest($models) as wanted (model))
    and exists (
        select 1
        from unnest($datasets) as wanted (pattern)
        where stg_answer.dataset glob wanted.pattern
    )
group by stg_answer.question_id
having bool_and(coalesce(stg_answer.finish_reason, '') = 'not_recorded');
