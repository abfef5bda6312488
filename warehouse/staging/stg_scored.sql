-- one row per response with a verdict: its scores by mode, and what our scorers say and extract; modes as of stg_mode
create or replace view stg_scored as
with by_mode as (
    select
        response_id,
        bool_or(mode = 'fixed') as is_fixed,
        bool_or(mode = 'compat') as is_compat,
        any_value(score) filter (where mode = 'fixed') as fixed_score,
        any_value(score) filter (where mode = 'compat') as compat_score,
        any_value(score) filter (where mode = 'recorded') as recorded_score,
        any_value(verdict) filter (where mode = 'fixed') as fixed_verdict,
        any_value(verdict) filter (where mode = 'compat') as compat_verdict,
        any_value(extracted) filter (where mode = 'fixed') as fixed_extracted,
        any_value(extracted) filter (where mode = 'compat') as compat_extracted
    from stg_verdict
    group by response_id
)

select
    response_id,
    coalesce(fixed_score, recorded_score, compat_score) as score,
    fixed_score,
    compat_score,
    recorded_score,
    case when is_fixed then fixed_verdict else compat_verdict end as verdict,
    case when is_fixed then fixed_extracted else compat_extracted end as extracted,
    case when is_compat then compat_extracted else fixed_extracted end as compat_extracted
from by_mode;
