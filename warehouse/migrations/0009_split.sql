-- one row per (split, question)
create table split (
    split_id text not null,
    question_id text not null,
    part text not null -- train, validation or test
);
