-- one row per landed question; where it lacks prompt, truth or metadata, it has those known of the same text
with whole as (
    select * from question where false
    union all by name
    select * from landed
)

select
    whole.* replace (
        coalesce(whole.prompt, known.prompt) as prompt,
        coalesce(whole.ground_truth, known.ground_truth) as ground_truth,
        case
            when known.metadata is null or whole.metadata = known.metadata then whole.metadata
            when whole.metadata is null then known.metadata
            else json_merge_patch(known.metadata, whole.metadata)
        end as metadata
    )
from whole
left join question as known on whole.question_id = known.question_id and whole.content_hash = known.content_hash;
