-- one row per (preset, split, question) that the run $run has answered by collaboration, and what the preset is
select
    collaboration.preset,
    collaboration.split_id,
    collaboration.question_id,
    coalesce(system.name, collaboration.preset) as name,
    coalesce(system.variant, '') as variant,
    coalesce(system.point, '') as point
from collaboration
left join system on collaboration.run_id = system.run_id and collaboration.preset = system.system
where collaboration.run_id = $run;
