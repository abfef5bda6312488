-- one row per (policy, operating point, question) of the newest routing of the run $run, in the order of its systems
select
    stg_routed.position,
    stg_routed.system,
    system.kind,
    system.name,
    stg_routed.point,
    stg_routed.snapshot_id,
    stg_routed.split_id,
    stg_routed.missing,
    stg_routed.question_id,
    stg_routed.model,
    stg_routed.asked
from stg_routed
left join system on stg_routed.run_id = system.run_id and stg_routed.system = system.system
where stg_routed.run_id = $run
order by stg_routed.position, stg_routed.split_id, stg_routed.question_id;
