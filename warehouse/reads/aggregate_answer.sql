-- one row per question of a snapshot (files $questions and $cells), in the order of its source: models that answered it
select
    asked.question_id,
    list(cell.model order by cell.model) as models
from read_parquet($questions) as asked
inner join read_parquet($cells) as cell on asked.question_id = cell.question_id
left join question on asked.question_id = question.question_id
where
    (cell.response_id is not null or cell.score is not null)
    and ($split is null or asked.question_id in (
        select split.question_id
        from split
        where split.split_id = $split and split.part = 'test'
    ))
group by asked.question_id, asked.dataset, asked.variant, question.source_key
order by asked.dataset, asked.variant, try_cast(question.source_key as bigint), question.source_key;
