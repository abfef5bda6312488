-- one row per live response to the datasets that begins as an error message does, and one for all others
with
beginning as (
    select
        response.response_id,
        nullif(
            regexp_extract(
                response.text,
                '^\s*(Traceback \(most recent call last\)'
                || '|(litellm|openai|anthropic|httpx)\.[\w.]*(Error|Exception|Timeout)'
                || '|\w*(RateLimit|Timeout|APIConnection|InternalServer|ServiceUnavailable|Authentication)\w*Error'
                || '|(APIError|BadRequestError|NotFoundError|ContextWindowExceededError|ContentPolicyViolationError)'
                || '|Error code: \d{3}'
                || '|\{"error": ?\{)',
                1
            ),
            ''
        ) as error_text
    from response
    inner join question on response.question_id = question.question_id
    where
        response.source = 'live'
        and in_datasets(question.dataset, question.variant, $datasets)
)

select
    case when error_text is not null then response_id end as row_key,
    error_text,
    count(*) as n_row
from beginning
group by all;
