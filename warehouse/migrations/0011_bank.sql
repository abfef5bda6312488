-- one row per question bank
create table bank (
    bank_id text not null, -- hash of its items, labels and embedder
    run_id text,
    split_id text not null,
    pool text not null,
    models text[] not null, -- in pool order: the tie-break
    embedder text not null,
    dimension integer not null,
    n_item bigint not null,
    n_label bigint not null,
    collection text, -- Chroma collection; null when exact search is used alone
    recall double, -- of the index against exact search
    created_at timestamp not null
);
