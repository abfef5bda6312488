-- one row per (line, column) of LLMRouterBench's two tables, of a snapshot (files $questions and $cells); as the
-- reference reckons them where $compat, with its defects, which are numbered here; lines: models, AVG, Random, ...
with
asked as materialized (
    select
        listed.question_id,
        (row_number() over ())::integer as place,
        concat_ws('/', listed.dataset, nullif(listed.variant, '')) as dataset,
        listed.dataset in (select named.dataset from unnest($out_of_domain) as named (dataset)) as is_ood
    from read_parquet($questions) as listed
    where
        $split is null or listed.question_id in (
            select split.question_id
            from split
            where split.split_id = $split and split.part = 'test'
        )
),

cell as materialized (
    select
        asked.place as question,
        asked.dataset,
        asked.is_ood,
        cell.question_id,
        cell.model,
        -- defect 1: no verdict is a wrong answer; defect 2: an unknown cost is nothing
        if($compat, coalesce(cell.score, 0), cell.score) as score,
        if($compat, coalesce(cell.cost_usd, 0), cell.cost_usd) as cost
    from read_parquet($cells) as cell
    inner join asked on cell.question_id = asked.question_id
    where cell.response_id is not null or cell.score is not null
),

of_model as (
    select
        cell.model,
        cell.dataset,
        cell.is_ood,
        avg(cell.score) as accuracy,
        case when count(cell.cost) = count(*) then sum(cell.cost) end as cost,
        count(cell.score) as n
    from cell
    group by cell.model, cell.dataset, cell.is_ood
),

drawn as (
    select
        unnest($drawn_questions) as question_id,
        unnest($drawn_models) as model
),

of_question as (
    select
        cell.question,
        -- defect 3: random is one draw and not what a draw is expected to give
        if($compat, max(cell.score) filter (where cell.model = drawn.model), avg(cell.score)) as random_score,
        if(
            $compat, max(cell.cost) filter (where cell.model = drawn.model),
            case when count(cell.cost) = count(*) then avg(cell.cost) end
        ) as random_cost,
        max(cell.score) as best_score,
        min(cell.cost) as cheapest
    from cell
    left join drawn on cell.question_id = drawn.question_id
    group by cell.question
),

-- who gets a question right, as the oracle sees it, at the least cost; null where nobody does, or no cost is known
solved as (
    select
        cell.question,
        min(cell.cost) as cost
    from cell
    inner join of_question on cell.question = of_question.question
    where
        -- defect 5: it pays the cheapest with any credit, which need not be the best
        if($compat, cell.score > 0, cell.score is not distinct from of_question.best_score)
    group by cell.question
),

by_question as (
    select
        asked.dataset,
        asked.is_ood,
        of_question.random_score,
        of_question.random_cost,
        -- defect 4: any credit solves a question for the oracle
        if($compat, (of_question.best_score > 0)::integer::double, of_question.best_score) as oracle_score,
        if($compat, coalesce(solved.cost, of_question.cheapest), solved.cost) as oracle_cost
    from of_question
    inner join asked on of_question.question = asked.place
    left join solved on of_question.question = solved.question
),

expert as (
    select of_model.*
    from of_model
    qualify row_number() over (
        partition by of_model.dataset
        order by of_model.accuracy desc nulls last, of_model.model asc
    ) = 1
),

line as (
    select
        0 as place,
        of_model.model as line,
        of_model.dataset,
        of_model.is_ood,
        of_model.accuracy,
        of_model.cost,
        of_model.n
    from of_model
    union all
    select
        2 as place,
        'Random Router' as line,
        by_question.dataset,
        by_question.is_ood,
        avg(by_question.random_score) as accuracy,
        case when count(by_question.random_cost) = count(*) then sum(by_question.random_cost) end as cost,
        count(by_question.random_score) as n
    from by_question
    group by by_question.dataset, by_question.is_ood
    union all
    select
        3 as place,
        'Max Expert' as line,
        expert.dataset,
        expert.is_ood,
        expert.accuracy,
        expert.cost,
        expert.n
    from expert
    union all
    select
        4 as place,
        'Oracle' as line,
        by_question.dataset,
        by_question.is_ood,
        avg(by_question.oracle_score) as accuracy,
        case when count(by_question.oracle_cost) = count(*) then sum(by_question.oracle_cost) end as cost,
        count(by_question.oracle_score) as n
    from by_question
    group by by_question.dataset, by_question.is_ood
),

-- what a column sums over: all datasets, or those in or out of the distribution
part as (
    select
        listed.part,
        listed.place
    from (
        values
        ('In-Dist', 1),
        ('OOD', 2),
        ('Dataset', 3)
    ) as listed (part, place)
    where len($out_of_domain) > 0 or listed.part = 'Dataset'
),

expected as (
    select
        part.part,
        count(distinct of_model.dataset) as n_dataset
    from part
    inner join of_model on part.part = 'Dataset' or (part.part = 'OOD') = of_model.is_ood
    group by part.part
),

summed as (
    select
        line.place,
        line.line,
        part.part,
        part.place as part_place,
        -- defect 6: a model that lacks a dataset is averaged over the others
        $compat or count(*) = any_value(expected.n_dataset) as is_whole,
        avg(line.accuracy) as macro,
        sum(line.accuracy * line.n) / sum(line.n) as micro,
        case when count(line.cost) = count(*) then sum(line.cost) end as cost
    from line
    inner join part on part.part = 'Dataset' or (part.part = 'OOD') = line.is_ood
    inner join expected on part.part = expected.part
    group by line.place, line.line, part.part, part.place
),

whole as (
    select
        summed.place,
        summed.line,
        summed.part,
        summed.part_place,
        -- defects 7 and 8: Max Expert's averages but the last, and all its sums, are those of one model: the largest
        case
            when $compat and summed.line = 'Max Expert' and summed.part <> 'Dataset'
                then max(summed.macro) filter (where summed.place = 0) over (partition by summed.part)
            when summed.is_whole then summed.macro
        end as macro,
        case when summed.is_whole then summed.micro end as micro,
        case
            when $compat and summed.line = 'Max Expert'
                then max(summed.cost) filter (where summed.place = 0) over (partition by summed.part)
            when summed.is_whole then summed.cost
        end as cost
    from summed
),

told as (
    select
        'performance' as kind,
        line.place,
        line.line,
        line.dataset as name,
        line.is_ood::integer as name_place,
        line.accuracy as told
    from line
    union all
    select
        'cost' as kind,
        line.place,
        line.line,
        line.dataset as name,
        line.is_ood::integer as name_place,
        line.cost as told
    from line
    union all
    select
        'performance' as kind,
        whole.place,
        whole.line,
        whole.part || '-Avg' as name,
        10 + whole.part_place as name_place,
        whole.macro as told
    from whole
    union all
    select
        'performance' as kind,
        whole.place,
        whole.line,
        replace(whole.part || '-Sample-Avg', 'Dataset-', '') as name,
        20 + whole.part_place as name_place,
        whole.micro as told
    from whole
    union all
    select
        'cost' as kind,
        whole.place,
        whole.line,
        whole.part || '-Sum' as name,
        30 + whole.part_place as name_place,
        whole.cost as told
    from whole
)

select
    told.kind,
    told.place,
    told.line,
    told.name,
    told.name_place,
    told.told
from told
union all
select
    told.kind,
    1 as place,
    'AVG' as line,
    told.name,
    told.name_place,
    -- a cost that one model's answers do not tell would make the others' mean look like that of all
    case when told.kind = 'performance' or count(told.told) = count(*) then avg(told.told) end as told
from told
where told.place = 0
group by told.kind, told.name, told.name_place
order by kind, place, line, name_place, name;
