-- one row per (dataset, variant) whose name matches any of the globs $datasets
select
    dataset.dataset,
    dataset.variant
from dataset
where
    in_datasets(dataset.dataset, dataset.variant, $datasets)
order by dataset.dataset, dataset.variant;
