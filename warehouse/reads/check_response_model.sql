-- one row per model with a response to a question of the datasets: whether the model is known
select
    response.model as row_key,
    response.model in (select model.model from model) as is_known,
    count(*) as n_row
from response
inner join question on response.question_id = question.question_id
where
    in_datasets(question.dataset, question.variant, $datasets)
group by response.model;
