-- one row per (question, model, provenance): what a model was worth on a question, said without an answer's text
create table label (
    question_id text not null,
    model text not null,
    provenance text not null, -- 'imported:' and the file's stem, 'user', 'tests' or 'judge'
    label double, -- in [0, 1]; null: taken back
    note text,
    created_at timestamp not null
);
