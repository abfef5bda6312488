-- one row per model with a response to a question of the datasets: whether the model is known
select
    response.model as row_key,
    response.model in (select model.model from model) as is_known,
    count(*) as n_row
from response
inner join question on response.question_id = question.question_id
where
    exists (
        select 1
        from unnest($datasets) as wanted (pattern)
        where
            question.dataset glob wanted.pattern
            or (
                contains(wanted.pattern, '/')
                and concat_ws('/', question.dataset, question.variant) glob wanted.pattern
            )
    )
group by response.model;
