-- one row per (run, system) of the time when a system was no more than its name
insert into system by name
with
named as (
    select
        metric.run_id,
        metric.system,
        'imported' as kind
    from metric
    union
    select
        outcome.run_id,
        outcome.system,
        'imported' as kind
    from outcome
    union
    select
        policy.run_id,
        policy.router as system,
        'router' as kind
    from policy
    union
    select
        collaboration.run_id,
        collaboration.preset as system,
        'preset' as kind
    from collaboration
),

known as (
    select
        named.run_id,
        named.system,
        max(named.kind) as kind, -- router and preset say more than imported
        regexp_extract(named.system, '^(.*?)(?: \((select)\))?(?: \[(.*)\])?$', ['name', 'variant', 'point']) as part
    from named
    group by named.run_id, named.system
)

select
    known.run_id,
    known.system,
    if(
        known.kind = 'imported'
        and known.system in ('best-single', 'random', 'oracle', 'dataset-oracle', 'cheapest', 'majority'),
        'baseline',
        known.kind
    ) as kind,
    struct_extract(known.part, 'name') as name,
    struct_extract(known.part, 'variant') as variant,
    struct_extract(known.part, 'point') as point
from known;
