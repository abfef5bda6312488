-- one row per (dataset, variant) of source $source whose name matches any of the globs $datasets
select dataset.* exclude (dataset.ingested_at)
from dataset
where
    dataset.source = $source
    and in_datasets(dataset.dataset, dataset.variant, $datasets)
order by dataset.dataset, dataset.variant;
