-- one row per question of the datasets that match any of the globs $datasets: what a splitter may look at
select
    question.question_id,
    question.dataset,
    question.variant,
    question.source_key,
    question.content_hash,
    question.metadata,
    coalesce(dataset.category, question.dataset) as category,
    coalesce(question.prompt, question.text) as prompt -- as it was sent
from question
inner join dataset on question.dataset = dataset.dataset and question.variant = dataset.variant
where
    in_datasets(question.dataset, question.variant, $datasets)
order by question.dataset, question.variant, question.source_key;
