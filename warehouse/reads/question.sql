-- one row per question of the datasets that match any of the globs $datasets
select
    question.*,
    dataset.scorer,
    dataset.also_scorers,
    dataset.scorer_options,
    dataset.synthetic,
    dataset.category,
    dataset.source
from question
inner join dataset on question.dataset = dataset.dataset and question.variant = dataset.variant
where
    in_datasets(question.dataset, question.variant, $datasets)
order by question.dataset, question.variant, question.source_key;
