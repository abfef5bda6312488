-- one row per response with a request key whose text is nothing but characters of $space
select response.response_id
from response
where
    response.request_key is not null
    and trim(response.text, $space) = '';
