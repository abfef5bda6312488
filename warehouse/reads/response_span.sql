-- one row: when the oldest and the newest of the responses $responses came
select
    min(response.created_at) as first,
    max(response.created_at) as last
from response
where response.response_id in (select wanted.id from unnest($responses) as wanted (id));
