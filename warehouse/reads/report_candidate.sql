-- one row per candidate of the collaborations $collaborations
select candidate.*
from candidate
where candidate.collaboration_id in (select wanted.id from unnest($collaborations) as wanted (id))
order by candidate.collaboration_id, candidate.candidate_index;
