-- one row per run that is recorded as running, in the table's columns; finished_at: its last sign of life
with
sign as (
    select
        run_id,
        started_at as moment
    from run
    union all
    select
        run_id,
        started_at as moment
    from call
    union all
    select
        run_id,
        finished_at as moment
    from lineage
)

select
    run.* replace (
        (
            select max(sign.moment)
            from sign
            where sign.run_id = run.run_id
        ) as finished_at
    )
from run
where run.status = 'running'
order by run.started_at;
