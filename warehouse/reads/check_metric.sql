-- one row per accuracy of the run's ($run) last evaluation: interval, and distance to the oracle on the same questions
with
newest as (
    select
        metric.system,
        metric.dataset,
        metric.value,
        metric.ci_low,
        metric.ci_high,
        metric.n
    from metric
    where metric.run_id = $run and metric.metric = 'accuracy'
    qualify metric.created_at = max(metric.created_at) over ()
),

compared as (
    select
        newest.*,
        oracle.value - newest.value as below_oracle,
        newest.system in (
            select collaboration.preset
            from collaboration
            where collaboration.run_id = $run
        ) as is_collaboration,
        newest.system in (
            select system.system
            from system
            where system.run_id = $run and system.kind = 'baseline' and system.name = 'oracle'
        ) as is_oracle -- otherwise reckoned, such as any credit as all of it
    from newest
    left join newest as oracle
        on newest.dataset = oracle.dataset and newest.n = oracle.n and oracle.system = 'oracle'
)

select
    system || ' ' || dataset as row_key,
    value,
    value - ci_low as above_low,
    ci_high - value as below_high,
    case when not is_collaboration and not is_oracle then below_oracle end as below_oracle,
    case when is_collaboration then below_oracle end as collaboration_below_oracle
from compared;
