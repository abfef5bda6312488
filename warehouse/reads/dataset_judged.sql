-- one row per dataset of $datasets of which any answer has a verdict
select distinct coverage.dataset
from coverage
where
    greatest(coverage.n_fixed, coverage.n_compat, coverage.n_recorded) > 0
    and exists (
        select 1
        from unnest($datasets) as wanted (pattern)
        where
            coverage.dataset glob wanted.pattern
            or (
                contains(wanted.pattern, '/')
                and concat_ws('/', coverage.dataset, coverage.variant) glob wanted.pattern
            )
    );
