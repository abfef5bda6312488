-- one row per (bank, question)
create table bank_item (
    bank_id text not null,
    position integer not null,
    question_id text not null,
    text_hash text not null,
    content_hash text not null
);
