-- one row: answers beyond the first sample of $models to questions of $datasets, for which no format has a row
select count(*) as n
from stg_current
where
    list_contains($models, model)
    and sample_index > 0
    and in_datasets(dataset, variant, $datasets);
