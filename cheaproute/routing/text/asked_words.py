"""Words by what the answer would have to hold, in ten languages: stems, each under one kind."""

from __future__ import annotations

# Matched as a word or as the head of a longer one.
STEMS = {
    "may": (
        "can could may might able possibly possible possibility potential potentially whether "
        "if would cannot ever kann könnte könnten können möglich ob würde würden puede podría "
        "podrían puedan posible si sería peut peuvent pourrait pourraient possibles serait pode "
        "poderia podem possível se seria può potrebbe possono possibile sarebbe może mogą "
        "możliw czy byłoby мог может могут можно возможн ли бы если olabilir mümkün eğer mı mi "
        "mu mü abilir"
    ),
    "verdict": (
        "safe unsafe safely correct incorrect correctly right wrong wrongly sound fair unfair "
        "enough sufficient adequate worth worthwhile really truly actually better worse best "
        "worst good bad harm harmful misleading weak weaker strong risky dangerous danger "
        "serious severe acceptable reasonable justified legit legal valid invalid suspicious "
        "odd strange off weird inconsistent consistent contradict conflict plausible reliable "
        "robust fragile brittle clear unclear important relevant unnecessary redundant needless "
        "obsolete outdated missing suitable fit fits appropriate proper improper sicher "
        "unsicher richtig falsch korrekt besser schlechter gut schlecht sinnvoll ausreichend "
        "genug gefährlich riskant widersprech stimmt seguro insegura correcto incorrecto bien "
        "mal mejor peor suficiente peligros razonable sobra sûr juste faux mieux pire bon "
        "mauvais suffi dangereu raisonnable grave fiable certo errado melhor pior bem perigos "
        "razoável giusto sbagliat corrett meglio peggio bene male pericolos affidabil верн "
        "правильн неправильн лучше хуже безопасн опасн достаточн плох хорош корректн ошибочн "
        "bezpieczn dobr zł poprawn lepsz gorsz wystarcz słab groźn sensown doğru yanlış güvenli "
        "iyi kötü yeterli tehlikeli sağlam mantıklı"
    ),
    "cause": (
        "why cause caused causes reason because behind explain blame due how warum weshalb "
        "wieso ursache grund liegt woran porqué causa motivo razón debe pourquoi raison vient "
        "explique porquê perché почему причин отчего зачем dlaczego przyczyn powód czemu neden "
        "niçin niye sebep kaynak"
    ),
    "choice": (
        "should choose prefer recommend recommendation suggest decide pick which option options "
        "propose proposal advise alternative tradeoff rank priorit soll sollte sollten empfehl "
        "wähl vorschlag schlag entscheid debería deberíamos conviene recomienda elige propón "
        "propon devrait faut vaut recommande choisis préfér deveria convém recomenda escolha "
        "proponha dovrebbe consiglia scegli proponi стоит следует нужно рекоменд выбер предлож "
        "powinn warto zalec wybierz zaproponuj lepiej gerek öner seç tavsiye"
    ),
    "proof": (
        "prove proof show guarantee ensure rule invariant invariants argue convince establish "
        "refute disprove justify demonstrate evidence beweis beweise garantier widerleg "
        "nachweis demuestra prueba garantiza prouve démontre garanti demonstre garanta prova "
        "dimostra докаж доказ гарант обосну udowodn dowód dowod wykaż gwarant kanıtla ispat"
    ),
    "risk": (
        "risk risks break fail fails lose lost leak leaks race races deadlock corrupt duplicate "
        "twice overflow exploit attacker bypass abuse hurt damage crash hang stall starve wedge "
        "slow slower miss misses skip stale drift diverge double unhandled undefined verloren "
        "verliert bricht kaputt leck rennen angreifer umgeh doppelt überlauf schaden perder "
        "pierde fuga carrera atacante doble fallar perdre perd casse fuite attaquant perde "
        "quebra vazamento corrida dobro perdit attaccant doppi теря потер слом утеч гонк атак "
        "злоумыш дважды сбо упад straci utrac złama wyciek wyścig atak podwój zgub kayb bozul "
        "sızıntı saldırgan yarış çift"
    ),
    "cond": (
        "when under after before once while unless even still both only same between across "
        "through during wenn falls nachdem bevor ohne cuando tras antes sin quand après avant "
        "sans quando dopo prima senza когда после без пока jeśli gdy po bez kiedy sonra önce"
    ),
    "change": (
        "fix change rewrite refactor implement add write make build improve simplify redesign "
        "design migrate port replace split extend harden handle behebe ändere schreib baue "
        "verbesser ergänz repariere arregla cambia escribe añade mejora corrige écris ajoute "
        "améliore corrija mude escreva adicione melhore corregg scrivi aggiungi migliora исправ "
        "измени напиши добав улучш popraw zmień napisz dodaj ulepsz düzelt değiştir yaz ekle "
        "iyileştir"
    ),
    "defect": (
        "bug bugs bugged buggy defect fault faulty flaw flawed mistake mistaken off-by-one "
        "mix-up culprit offender guilty glitch oddity oddities mismatch discrepanc anomal "
        "regression bottleneck leftover noise nonsense stutter lag hole holes gap gaps loophole "
        "smell smells lie lies lying trap traps pitfall dubious suspect trouble troubles "
        "spurious bogus impossible hopeless pointless useless wasted wasteful waste worthless "
        "superfluous surplus heaviest hardest weakest riskiest shaky messy convoluted fehler "
        "fehlerhaft schuld schuldig lücke lücken unsinn überflüssig verdächtig unnötig nutzlos "
        "sinnlos erreur faute défaut coupable faille inutil superflu anormal aberrant suspecte "
        "culpable culpab fallo fallos fallas hueco innecesari sospechos desajuste descuadre "
        "culpad falha falhas brecha desnecessári suspeit suspeito colpa colpevol errore errori "
        "difetto falla inutile sospett błąd błęd winny winna winne winien luka luki zbędn "
        "podejrzan niepotrzebn bezużyteczn ошибка ошибки ошибку ошибок виноват лишн ненужн "
        "подозрител дыра дыры бесполезн hata hatalı hatası suçlu gereksiz açık şüpheli"
    ),
    "effect": (
        "lets keeps turns brings makes breaks broke broken brought made kept killed kills loses "
        "drops eats slows slowed blocks blocked spoils ruins trips hides hid swallow confuse "
        "confusing mislead surprise surprising overtake escape escapes survive outlive undo "
        "undoes collide clash fight fights disturb starves floods poison trample ends ended "
        "stops stopped delays holds lags goes went gone comes slips slip vanish disappear "
        "originate stem stems introduced introduces responsible decided triggers triggered "
        "leads led lässt bringt macht verursach auslös bremst blockiert verschwind kommt "
        "herkommt führt kaputtmach verlangsam stört fait provoqu bloqu ralenti fausse déclench "
        "disparaît empêch entraîn hace hacen provoca bloquea ralentiz borra desaparec impide "
        "produce proviene faz fazem bloqueia atrapalha causando deixa origem fa fanno blocca "
        "rallenta nasce provoco impedisc rompe rotto powoduj blokuj spowalnia przez psuje znika "
        "ginie gubi gubią bierze приводит вызыва тормоз блокир ломает исчеза теряет из-за "
        "вешает мешает сдвига портит açan tıkayan bozan düşüren yavaşlat engelle kaybol "
        "sebebiyle"
    ),
    "neg": (
        "not no none nobody nothing never neither nor don't doesn't didn't isn't aren't won't "
        "wouldn't shouldn't hasn't haven't longer without unused too ought supposed forgot "
        "forget forgets nicht nichts kein keine keinen niemand nie niemals mehr zu dürfte "
        "vergess pas rien aucun aucune jamais plus personne trop nada nunca nadie ningún "
        "ninguna demasiado não ninguém nenhum nenhuma demais mais non niente mai nessun nessuno "
        "nessuna troppo nic nikt nigdy żaden zbyt już не ничего никто никогда нет никак слишком "
        "больше değil yok hiç fazla artık"
    ),
    "literal": (
        "list count print copy quote paste verbatim word exact exactly contain contains "
        "containing name names named path paths line lines number numbers value values column "
        "columns row rows table string strings version versions date dates id ids key keys "
        "field fields file files folder heading section start starts starting begin end match "
        "matches mention mentions mentioned defined definition declared stored set sets printed "
        "shown given called calls callers import imports usage used order sorted raw current "
        "currently first last each every many much where who report return output wörtlich "
        "liste zähle zeige nenne zeile zeilen datei dateien wert werte spalte namen pfad steht "
        "enthält enthalten welche wie viele wo wer lista cuenta muestra copia nombra línea "
        "líneas archivo valor valores columna nombre ruta contiene cuántos dónde quién compte "
        "affiche copie recopie ligne lignes fichier valeur colonne nom chemin contient combien "
        "où qui conte mostre linha linhas arquivo coluna nome caminho contém quantos onde quem "
        "elenca conta mostra riga righe valore colonna percorso quanti dove chi список перечисл "
        "посчит сколько покаж скопир строк файл значен столб колон имя имен путь содерж где кто "
        "wypisz policz pokaż skopiuj wiersz wiersze plik wartość kolumn nazw ścieżk zawier ile "
        "gdzie kto listele say göster kopyala satır dosya değer sütun isim ad yol içer kaç "
        "nerede kim"
    ),
}

# Matched anywhere, for scripts written without spaces.
SIGNS = {
    "may": (
        "能否 是否 可能 会不会 会 かどうか 可能性 うる 得る 恐れ ことがある ます か 수 "
        "있는 가능 인지 는지 을까 ㄹ까"
    ),
    "verdict": (
        "安全 正确 错误 合理 够 好 坏 对吗 严重 真正 真的 妥 正しい 間違 妥当 十分 適切 "
        "危険 本当に 問題 良い 悪い 옳 맞는 안전 적절 충분 위험 올바 틀린 정말 타당 문제"
    ),
    "cause": ("为什么 为何 原因 怎么会 なぜ 理由 どうして 왜 원인 이유"),
    "choice": ("应该 该 建议 选择 推荐 哪个更 すべき 提案 推奨 選 べき 해야 추천 제안 선택 나은"),
    "proof": ("证明 保证 排除 証明 保証 否定 증명 보장 입증 배제"),
    "risk": (
        "丢失 泄露 竞态 死锁 崩溃 重复 攻击 失败 破坏 失われ 漏れ 競合 壊れ 攻撃 二重 "
        "失敗 落ち 유실 누출 경쟁 교착 공격 중복 실패 깨질 손실"
    ),
    "change": (
        "修改 修复 重写 实现 添加 改进 直して 修正 書き換え 実装 追加 改善 고쳐 수정 구현 "
        "추가 개선 바꿔"
    ),
    "defect": (
        "错误 漏洞 多余 可疑 没用 无用 罪魁 异常 毛病 算错 バグ 不具合 誤り 不要 無駄 怪し "
        "異常 穴 ずれ 重な 버그 오류 결함 불필요 필요 쓸모 의심 허점 이상한 겹치"
    ),
    "effect": (
        "导致 造成 让 使得 引起 拖慢 变成 卡住 搞坏 丢 引き起こ せいで 遅く させ てしま "
        "止ま 消え 崩れ 만드는 만든 일으키 느리게 때문 막는 사라지 망가"
    ),
    "neg": "不 没 无 未 太 过于 ない ません ず もう すぎ 않 없 못 안 너무 더 이상",
    "literal": (
        "列出 多少 哪些 行号 文件 值 名称 原文 抄 复制 几 哪里 在哪 列 数 一覧 何件 "
        "いくつ 行 ファイル 値 名前 そのまま 抜き出 どこ 列挙 目錄 목록 몇 줄 파일 값 "
        "이름 그대로 복사 어디 나열 개수"
    ),
}
