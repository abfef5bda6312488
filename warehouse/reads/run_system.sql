-- one row per system that the run $run has outcomes of
select distinct
    outcome.system,
    coalesce(system.name, outcome.system) as name
from outcome
left join system on outcome.run_id = system.run_id and outcome.system = system.system
where outcome.run_id = $run
order by outcome.system;
