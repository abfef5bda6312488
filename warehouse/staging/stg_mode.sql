-- one row per score mode, in the order in which verdicts are taken where the preferred mode has none
create or replace view stg_mode as
select
    listed.mode,
    listed.place, -- from 1
    listed.is_ours -- whether one of our scorers gives them
from (
    values
    ('fixed', 1, true),
    ('compat', 2, true),
    ('recorded', 3, false)
) as listed (mode, place, is_ours);
