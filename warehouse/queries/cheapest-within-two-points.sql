-- which is the cheapest model within 2 points of the best, per category? one row per category
with
best as (
    select
        category_model.category,
        max(category_model.accuracy) as accuracy,
        arg_max(category_model.model, category_model.accuracy) as model,
        arg_max(category_model.cost_usd_per_answer, category_model.accuracy) as cost_usd
    from category_model
    group by category_model.category
)

select
    best.category,
    arg_min(category_model.model, category_model.cost_usd_per_answer) as cheapest_model,
    round(100 * arg_min(category_model.accuracy, category_model.cost_usd_per_answer), 1) as accuracy_percent,
    round(1000 * min(category_model.cost_usd_per_answer), 3) as usd_per_1000,
    best.model as best_model,
    round(100 * best.accuracy, 1) as best_percent,
    round(1000 * best.cost_usd, 3) as best_usd_per_1000,
    any_value(category_model.n_question) as n
from best
inner join category_model
    on best.category = category_model.category and category_model.accuracy >= best.accuracy - 0.02 - 1e-9
group by best.category, best.model, best.accuracy, best.cost_usd
order by best.category;
