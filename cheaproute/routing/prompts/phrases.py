"""Phrases that people answer with: it did not do, it did, what they tried, what they had meant.

By kind, in the languages people type; one that ends in `*` goes on. All are lowered and without
apostrophes.
"""

from __future__ import annotations

KINDS = {
    # It was so before, and is so again.
    "persists": (
        "still|again|no change*|nothing changed|no difference|no effect|no luck|no dice|even after|"
        "keeps|keep getting|continues|once more|as before|same|unchanged|not fixed|not solved|"
        "not resolved|didnt help|did not help|doesnt help|didnt fix|did not fix|not gone|persist*|"
        "every time|back again|reappear*|came back|comes back|returned|immer noch|noch immer|"
        "weiterhin|schon wieder|wieder|nach wie vor|hilft nicht|unverändert|toujours|encore|"
        "à nouveau|pareil|inchangé|sigue|siguen|todavía|aún|otra vez|de nuevo|igual que|ainda|"
        "continua|de novo|mesma coisa|ancora|di nuovo|come prima|nog steeds|nog altijd|weer|alweer|"
        "nadal|wciąż|znowu|ciągle|всё ещё|все еще|всё равно|все равно|опять|снова|по прежнему|"
        "по-прежнему|не помогло|то же самое"
    ),
    # It does not do what it should.
    "fails": (
        "doesnt work*|does not work*|didnt work*|did not work*|dont work*|not work*|isnt working|"
        "wont work*|wont|cant|cannot|never|fail*|broke*|break*|crash*|error*|exception*|stuck|hang|"
        "hangs|hung|freez*|frozen|timed out|times out|timeout*|blank|empty|missing|disappear*|gone|"
        "lost|not show*|doesnt show*|didnt show*|dont see|do not see|cant see|dont get|doesnt get|"
        "not get|not updated|not updat*|not found|wrong|incorrect|not correct|not right|not true|"
        "isnt right|doesnt look right|looks wrong|looks off|weird|strange|flicker*|duplicate*|"
        "twice|nothing happens|does nothing|doesnt do|not enough|too slow|off by|garbage|null|"
        "undefined|404|500|502|503|504|red|conflict*|refused|denied|rejected|invalid|unexpected*|"
        "doesnt match*|does not match*|mismatch*|regress*|ignored|ignores|overwrit*|geht nicht|"
        "funktioniert nicht|klappt nicht|läuft nicht|fehlt|fehlen|falsch|kaputt|fehler|stürzt ab|"
        "hängt|abgestürzt|ne marche pas|marche pas|ne fonctionne*|fonctionne pas|faux|fausse|"
        "erreur|cassé|plante|manque|bloqué|napparaît|no funciona*|no aparece*|no sale|falla|fallan|"
        "roto|rota|error|se cuelga|não funciona*|não aparece*|errado|errada|erro|quebrou|falha|"
        "travou|non funziona*|non va|sbagliat*|errore|rotto|manca|si blocca|werkt niet|"
        "doet het niet|klopt niet|kapot|fout|crasht|nie działa|błąd|błędn*|źle|zepsut*|не работает|"
        "не работают|ошибк*|падает|сломал*|неправильн*|не то|пропал*|зависа*"
    ),
    # What the person did, as was said.
    "tried": (
        "i tried|i ran|i run|i tested|i test|i did|did that|did it|tried again|when i|now i get|"
        "now i|now it|now its|now the|i get|i got|we get|we got|got this|got the|gives me|"
        "giving me|it says|says|it only|it just|hard refresh|reloaded|restarted|redeployed|"
        "after the|after a|after your|this is what|heres what|here is the|output|result|logs|"
        "log says|i see|im seeing|im getting|jetzt|bei mir|ich bekomme|es kommt|habe es|hab es|"
        "maintenant|jai|jobtiens|ahora|me da|me sale|agora|adesso|nu |krijg|теперь|у меня|выдает|"
        "выдаёт|попробовал*"
    ),
    # It is said that something else was meant.
    "meant": (
        "i mean|i meant|i said|i asked|i told|as i said|as i wrote|i wanted|im talking|"
        "i am talking|i was talking|was referring|im referring|not what|thats not|that is not|"
        "this is not|this isnt|that isnt|thats wrong|i dont like|dont like|didnt like|you forgot|"
        "you missed|you broke|you removed|you deleted|you changed|you put|you skipped|"
        "you misunderst*|why did you|did you even|i never|never asked|i didnt ask|i did not ask|"
        "are you sure|not true|wrong one|wrong file|wrong place|i reverted|ive reverted|revert*|"
        "undo|put it back|put this back|change it back|i didnt want|i did not want|ich meinte|"
        "ich wollte|das ist nicht|du hast|bist du sicher|mach das rückgängig|je voulais|je parlais|"
        "ce nest pas|tu as|tu es sûr|quería|quise|me refería|no es eso|no es lo que|estás seguro|"
        "eu queria|eu quis|não é isso|volevo|intendevo|non è quello|ik bedoel*|ik wilde|"
        "dat is niet|chodziło mi|nie o to|я имел*|я просил*|я хотел*|это не|верни|ты уверен*"
    ),
    # It is to be otherwise.
    "otherwise": (
        "instead of|instead|rather than|i dont want|should be|should have|shouldnt|should not|"
        "supposed to|too much|too many|too big|too small|too long|too short|too complicated|"
        "only need|focus only|not that|not the|not this|not in|but not|without|sollte|stattdessen|"
        "devrait|au lieu|debería|en vez|deveria|em vez|dovrebbe|invece|moet zijn|in plaats|"
        "miało być|zamiast|должно|вместо"
    ),
    # It is taken as done.
    "approves": (
        "great|good|nice|perfect|thanks|thank you|thx|works|work now|working now|lgtm|looks good|"
        "fine|cool|awesome|excellent|ok|okay|yes|yep|yeah|sure|go ahead|sounds good|makes sense|"
        "agree|agreed|correct|right|super|danke|passt|gut|prima|genau|ja|merci|parfait|oui|daccord|"
        "gracias|perfecto|bien|sí|obrigad*|perfeito|sim|grazie|perfetto|bene|sì|bedankt|goed|"
        "dzięki|świetnie|dobrze|спасибо|отлично|хорошо|да|супер"
    ),
    # What comes next.
    "goes on": (
        "next|also|then|another|lets|let us|can you|could you|would you|please|how about|"
        "what about|add|implement|create|write|make|update|commit|push|merge|review|check|explain|"
        "tell me|show me|continue|proceed|we should|we need|i want|id like|i would like|"
        "als nächstes|bitte|kannst du|mach|ensuite|peux tu|ajoute|ahora puedes|puedes|por favor|"
        "añade|pode|adicione|puoi|aggiungi|kun je|kunt|możesz|dodaj|можешь|добавь|давай|сделай"
    ),
    # A question.
    "asks": (
        "what|how|why|which|where|who|when|is it|is there|are there|does it|do we|do you|can i|"
        "can we|we can|could we|shall we|is that|are these|should we|should i|would it|would this|"
        "what if|if i|if we|if it|wie|warum|quoi|comment|pourquoi|qué|cómo|por qué|perché|"
        "hoe|waarom|jak|dlaczego|как|почему|что"
    ),
}
# The same in scripts without spaces, found anywhere.
SIGNS = {
    "persists": (
        "还是|仍然|依然|又|没变|没有变化|还没|"
        "まだ|また|相変わらず|変わらない|変わりません|여전히|아직|또 "
    ),
    "fails": (
        "不行|不对|错误|报错|失败|坏了|没有反应|出不来|不显示|卡住|崩溃|没用|エラー|壊れ|おかしい|落ち|動かない|動きません|表示されない|出ない|違い|ダメ|だめ|固まる|"
        "안 돼|안돼|안 됩니다|오류|에러|실패|틀렸"
    ),
    "tried": ("试了|我运行|现在|日志|やってみ|試し|すると|今は|해봤|지금은"),
    "meant": (
        "我说的|我是说|我的意思|不是|改回|違います|"
        "じゃなくて|ではなく|言った|戻して|그게 아니라|되돌려"
    ),
    "otherwise": "应该是|代わりに|말고|대신",
    "approves": ("好的|谢谢|可以|很好|不错|ありがとう|いいね|了解|はい|좋아|고마워|네 "),
    "goes on": ("接下来|然后|请|再加|帮我|次は|ください|お願い|追加して|다음|해줘|추가"),
    "asks": ("为什么|怎么|什么|吗|なぜ|どう|ですか|왜|어떻게|뭐"),
}
# An answer that says it is done; one that asks to look for oneself.
CLAIMS = (
    "done|fixed|should now|now work|works now|updated|added|deployed|renamed|moved|restarted|ready|"
    "changed|removed|committed|pushed|implemented|resolved|now |complete|applied|✅|erledigt|"
    "behoben|corrigé|ajouté|arreglado|añadido|corrigido|corretto|opgelost|gotowe|naprawi|готово|"
    "исправ|добав|已|完成|修复|直し|しました|했습니다"
)
TO_TRY = (
    "try |test it|test again|rerun|re-run|run it|should now|should work|should be|check |refresh|"
    "reload|restart|confirm|let me know|verify|once it|see if|probier|teste |prüf|essaie|essayer|"
    "prueba|intenta|testa|prova|probeer|spróbuj|попробуй|проверь|试|确认|試し|確認"
)
# What a prompt begins with that stops rather than goes on.
HALTS = (
    "no nope nah hmm hm wait stop ugh eh uh argh but however nein ne hä non mais não mas pero "
    "nee maar nie ale нет но не 不 いや 아니"
)
# Words that point back at an answer, or take it up: where none is among its first, a prompt stands
# by itself.
BACK = (
    "it that this they those them these same again also still instead too but so wait ok okay "
    "yes no yeah nope thanks then both either neither one ones above below first second third "
    "option former latter else more another das dies diese dieser dieses es sie ihn auch noch "
    "nochmal wieder stattdessen aber ja nein danke dann beide beides erste zweite dritte oben "
    "unten dasselbe doch weiter ça cela ceci celui celle ceux aussi encore plutôt mais donc "
    "oui non merci alors deux même eso esto esos esas ese esa también otra vez pero entonces "
    "sí gracias ambos mismo isso isto esse essa também ainda mas então sim não obrigado mesmo "
    "questo quello questa quella anche ancora invece ma allora sì grazie entrambi stesso dat "
    "deze ook nog weer maar dus nee bedankt zelfde też jeszcze znowu ale więc tak nie dzięki "
    "oba это этот эта эти тоже ещё снова но так да нет спасибо тогда оба şu onu yine ama evet "
    "hayır tamam"
)
