-- one value: the score that counts where those of mode `score_mode` come first; `score` is the one that comes next
create or replace temp macro score_by(score_mode, score, compat_score, recorded_score) as coalesce(
    case
        when score_mode = 'compat' then compat_score
        when score_mode = 'recorded' then recorded_score
    end,
    score
);
