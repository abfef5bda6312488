-- which answers are missing? one row per dataset and model, least covered first
select
    coverage.dataset,
    coverage.variant,
    coverage.model,
    coverage.n_expected,
    coverage.n_answered,
    greatest(coverage.n_fixed, coverage.n_compat, coverage.n_recorded) as n_scored,
    round(100 * coverage.answered_share, 1) as answered_percent
from coverage
order by coverage.answered_share asc, coverage.dataset asc, coverage.variant asc, coverage.model asc;
