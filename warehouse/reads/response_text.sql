-- one row per response of $responses
select
    response.response_id,
    any_value(response.text) as text
from response
where response.response_id in (select wanted.response_id from unnest($responses) as wanted (response_id))
group by response.response_id;
