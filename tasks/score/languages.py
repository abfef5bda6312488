"""How languages other than English lead to an answer: "Die Antwort ist B", "La respuesta es la B", "正解: B"."""

_ANSWER = (
    "Antwort|Lösung|respuesta|réponse|risposta|resposta|antwoord|svar(?:et)?|odpowiedź|odpověď|cevap|yanıt|jawaban"
    "|đáp án|ответ|відповідь|उत्तर|الإجابة|الجواب"
)
_RIGHT = r"correct[ae]|corretta|correta|finale?|đúng|benar"
_IS = (
    r"(?:ist|is|lautet|wäre|es|sería|est|serait|è|é|seria|är|er|jest|je|adalah|là|है|هي)"
    r"(?:\s+(?:die|la|el|le|a|o|опция))?"
)
_OPTION = r"(?:\s+(?:Option|opción|opção|opzione|вариант))?"

LEADS = (
    rf"\b(?:{_ANSWER})(?:\s+(?:{_RIGHT}))?[*_`\"'\s]*(?:\b{_IS}\b{_OPTION}\s*[:：]?|[:：=]|[-–—]\s)"
    r"|(?:答え|正解|解答|选项)(?:は|是|为|[:：])|(?:정답|답)(?:은|[:：])|^答[:：]"
    r"|(?:[故应]|因此|所以|^)选择?[:：]?(?=[\s(（*]*[A-Z](?![A-Za-z是不]))"
)
BECAUSE = "porque|weil|da|denn|parce|puisque|perché|poiché|pois"  # behind an option
NOT = r"では|じゃ|[가이]\s*아[니닙]|不"  # behind an option
JOINED = "oder|und|ou|et|y|o|e|или|и|veya|ve|または|か|또는"  # one option and another
