-- one row per response of the identifiers $responses, with all its columns
select response.*
from response
where response.response_id in (select wanted.response_id from unnest($responses) as wanted (response_id));
