-- one row per model of $models whose answers to questions of $datasets all came without their text
select stg_answer.model
from stg_answer
where
    stg_answer.model in (select wanted.model from unnest($models) as wanted (model))
    and exists (
        select 1
        from unnest($datasets) as wanted (pattern)
        where stg_answer.dataset glob wanted.pattern
    )
group by stg_answer.model
having bool_and(coalesce(stg_answer.finish_reason, '') = 'not_recorded')
order by stg_answer.model;
