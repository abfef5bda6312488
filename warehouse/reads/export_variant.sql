-- one row per (dataset, variant) whose name matches any of the globs $datasets
select
    dataset.dataset,
    dataset.variant
from dataset
where
    exists (
        select 1
        from unnest($datasets) as wanted (pattern)
        where
            dataset.dataset glob wanted.pattern
            or (contains(wanted.pattern, '/') and concat_ws('/', dataset.dataset, dataset.variant) glob wanted.pattern)
    )
order by dataset.dataset, dataset.variant;
