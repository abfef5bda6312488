-- one row per (split of $splits, question)
select
    split.split_id,
    split.question_id,
    split.part
from split
where split.split_id in (select wanted.split_id from unnest($splits) as wanted (split_id));
