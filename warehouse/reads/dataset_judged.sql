-- one row per dataset of $datasets of which any answer has a verdict
select distinct coverage.dataset
from coverage
where
    greatest(coverage.n_fixed, coverage.n_compat, coverage.n_recorded) > 0
    and in_datasets(coverage.dataset, coverage.variant, $datasets);
