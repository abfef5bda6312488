-- who is worth waiting for? one row per model of known latency, fastest first; slower_and_worse_than names who beats it
select
    one.model,
    round(one.latency_s_median, 2) as p50_s,
    round(one.latency_s_p95, 2) as p95_s,
    round(100 * one.accuracy, 1) as accuracy,
    one.n_question as n,
    (
        select arg_max(other.model, other.accuracy)
        from model_overall as other
        where
            other.n_question = one.n_question
            and other.latency_s_median <= one.latency_s_median
            and other.accuracy > one.accuracy
    ) as slower_and_worse_than
from model_overall as one
where one.latency_s_median is not null
order by one.latency_s_median asc, one.model asc;
