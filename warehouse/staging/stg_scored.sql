-- one row per response with a verdict: its scores, and what our scorers say and extract, by mode and by preference
create or replace view stg_scored as
select
    stg_verdict.response_id,
    arg_min(stg_verdict.score, stg_mode.place) as score, -- of the first mode that has one
    map_from_entries(
        list(row(stg_verdict.mode, stg_verdict.score)) filter (where stg_verdict.score is not null)
    ) as score_of, -- by mode
    arg_min_null(stg_verdict.verdict, stg_mode.place) filter (where stg_mode.is_ours) as verdict,
    arg_min_null(stg_verdict.extracted, stg_mode.place) filter (where stg_mode.is_ours) as extracted,
    map_from_entries(
        list(row(stg_verdict.mode, stg_verdict.extracted)) filter (where stg_mode.is_ours)
    ) as extracted_of -- by mode
from stg_verdict
inner join stg_mode on stg_verdict.mode = stg_mode.mode
group by stg_verdict.response_id;
