-- one row: the pinned baseline of the profile $profile, else its last completed run with a score; never the run $run
with
candidate as (
    select
        baseline.run_id,
        baseline.pinned_at as moment,
        1 as preference
    from baseline
    where baseline.profile = $profile
    union all
    select
        run.run_id,
        run.started_at as moment,
        2 as preference
    from run
    where
        run.profile = $profile
        and run.status = 'completed'
        and run.run_id in (
            select metric.run_id
            from metric
            where metric.metric = 'accuracy' and metric.value is not null
        )
)

select candidate.run_id
from candidate
where candidate.run_id <> $run
order by candidate.preference asc, candidate.moment desc
limit 1;
