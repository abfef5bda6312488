-- one row per dataset of the warehouse: how many questions and answers of it are here
select
    question.dataset,
    count(distinct question.question_id) as n_question,
    count(response.response_id) as n_answer
from question
left join response on question.question_id = response.question_id and response.purpose = 'answer'
group by question.dataset
order by question.dataset;
