"""The commonest asking words of other languages, by cue: enough to tell a summary from a deadlock.

`WORDS` are matched as words; `SIGNS` anywhere, for scripts written without spaces. Words that
mean something else in English ("lies", "plan", "liste") are left out on purpose. Beside them stand
the two ways in which words of any language are looked up: `Signs` and `Memo`.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import TypeVar

    Made = TypeVar("Made")

UNSPACED = "\u2e80"  # from here on scripts are written without spaces

WORDS = {
    "locate": (
        "suche finde finden wo welche auflisten trouve trouver cherche chercher où busca "
        "buscar encuentra dónde donde encontre onde procure trova cerca dove zoek vind waar "
        "найди найти где znajdź gdzie bul nerede hitta najdi kde знайди де ابحث أين खोजो "
        "खोजें कहाँ tìm ở đâu cari"
    ),
    "read": (
        "lese zeige zeig lis affiche montre lee muestra leia mostre leggi mostra lees toon "
        "прочитай покажи przeczytaj pokaż oku göster läs visa přečti ukaž اقرأ اعرض पढ़ो "
        "पढ़ें दिखाओ đọc baca"
    ),
    "summarise": (
        "zusammenfassung zusammen résume résumer résumé resume resumir resumen resuma resumo "
        "riassumi riassunto vat samenvatting кратко резюмируй резюме streść streszczenie "
        "özetle özet sammanfatta shrň لخص ملخص सारांश tóm tắt ringkas"
    ),
    "reformat": (
        "sortiere formatiere übersetze konvertiere umbenennen traduis formate convertis "
        "renomme traduce ordena formatea convierte renombra traduza formate converta traduci "
        "ordina vertaal sorteer переведи отсортируй переименуй przetłumacz posortuj çevir "
        "sırala översätt přelož ترجم अनुवाद dịch terjemahkan"
    ),
    "check": (
        "führe lance exécute ejecuta esegui voer запусти uruchom çalıştır kör spusť شغل चलाओ"
    ),
    "boilerplate": "leere vide vacío vazio vuoto leeg пустой pusty boş",
    "status": "commit-nachricht änderungsprotokoll commitmeddelande",
    "implement": (
        "implementiere ergänze erstelle baue hinzu ajoute crée implémente agrega añade crea "
        "implementa adicione crie aggiungi voeg maak добавь создай реализуй dodaj utwórz ekle "
        "oluştur skapa přidej أضف أنشئ जोड़ें बनाओ thêm tambahkan"
    ),
    "test": "teste pruebas testes тест тесты testy testler تست",
    "review": (
        "überprüfe prüfe kritisch relis relire critique revisa critica revise rivedi "
        "beoordeel проверь оцени sprawdź oceń incele granska zkontroluj راجع समीक्षा"
    ),
    "debug": (
        "behebe behebt fehler fehlschlägt schlägt kaputt abstürzt corrige bogue erreur échoue "
        "plante arregla fallo falla corrija conserte erro falha correggi errore fout faalt "
        "herstel исправь ошибка ошибку падает napraw błąd düzelt hata åtgärda fel oprav chyba "
        "أصلح خطأ ठीक त्रुटि sửa lỗi perbaiki"
    ),
    "inquiry": (
        "warum weshalb wieso pourquoi porqué por-qué perché waarom почему dlaczego neden "
        "niçin varför proč لماذا क्यों sao mengapa kenapa чому descubra"
    ),
    "rootcause": (
        "ursache grundursache produktion hängt sporadisch cause-racine profonde bloque "
        "intermittent raíz intermitente trava causa-raiz bloccato oorzaak productie причину "
        "причина зависает przyczynę zawiesza nguyên-nhân"
    ),
    "concurrency": (
        "nebenläufigkeit verklemmung interblocage concurrence concurrencia interbloqueo "
        "condición-de-carrera взаимоблокировка гонка гонки zakleszczenie kilitlenme"
    ),
    "integrity": "datenverlust perte-de-données pérdida-de-datos corrupción datenintegrität потеря",
    "security": (
        "sicherheit sicherheitslücken schwachstellen sécurité failles faille vulnérabilités "
        "seguridad vulnerabilidades segurança sicurezza vulnerabilità beveiliging "
        "kwetsbaarheden безопасность уязвимости уязвимость bezpieczeństwo luki podatności "
        "güvenlik säkerhet bezpečnost أمان ثغرات सुरक्षा"
    ),
    "architecture": (
        "architektur entwirf entwerfe verteiltes conçois concevoir conception diseña "
        "arquitectura distribuido arquitetura projete architettura progetta ontwerp "
        "architectuur спроектируй архитектуру архитектура zaprojektuj architekturę mimari "
        "tasarla arkitektur navrhni صمم बनावट"
    ),
    "refactor": (
        "refaktoriere vereinfache refactorise simplifie refactoriza simplifica рефактор упрости"
    ),
    "plan": "planifie planifica entwickle спланируй zaplanuj planla",
    "judge": "sollten sollen devrions deberíamos devemos dovremmo moeten следует стоит powinniśmy",
}

SIGNS = {
    "summarise": "总结 概括 摘要 要約 まとめ 요약",
    "locate": "查找 搜索 找到 哪里 在哪 列出 探して 検索して どこ 찾아 어디 목록",
    "read": "读取 阅读 显示 打开 読んで 表示し 見せて 읽어 보여",
    "reformat": "翻译 格式化 排序 重命名 翻訳 整形 並べ替え 번역 정렬",
    "check": "运行测试 语法 実行して 실행해",
    "status": "提交信息 コミットメッセージ",
    "implement": "添加 实现 创建 新增 追加 実装 作成 추가 구현 만들어",
    "test": "编写测试 テストを書 테스트를 작성",
    "review": "审查 评审 レビュー 리뷰 검토",
    "debug": "修复 错误 失败 报错 バグ 修正 失敗 エラー 오류 버그 수정 실패",
    "inquiry": "为什么 为何 なぜ どうして 왜",
    "rootcause": "根本原因 生产环境 根因 本番 原因を 근본 원인 운영 환경",
    "concurrency": "死锁 竞态 并发 デッドロック 競合 並行 교착 동시성",
    "integrity": "数据丢失 数据损坏 データ損失 데이터 손실",
    "security": "安全 漏洞 セキュリティ 脆弱性 보안 취약",
    "architecture": "架构 设计 アーキテクチャ 設計 아키텍처 설계",
    "refactor": "重构 リファクタ 리팩터",
}


def foreign_terms() -> dict[str, str]:
    """Word to cue, for scripts with spaces."""
    return by_word(WORDS)


def by_word(table: Mapping[str, str]) -> dict[str, str]:
    """What each word stands for, of a table of words by that."""
    found: dict[str, str] = {}
    for kind, words in table.items():
        found.update(dict.fromkeys(words.split(), kind))
    return found


class Signs:
    """What each sign stands for, for scripts without spaces, where a word is a whole sentence.

    Most texts have none: the table is laid out when one does.
    """

    __slots__ = ("_by_first", "_said", "_signs")

    def __init__(self, signs: Mapping[str, str], between: str | None = None) -> None:
        self._said = signs, between
        self._signs: list[tuple[str, str]] = []
        self._by_first: dict[str, list[int]] = {}

    def inside(self, sentence: str) -> list[tuple[str, str]]:
        """The signs in a sentence with what each stands for, in the table's order."""
        if not self._signs:
            self._lay_out()
        signs, by_first = self._signs, self._by_first
        near = [at for first in by_first.keys() & set(sentence) for at in by_first[first]]
        return [signs[at] for at in sorted(near) if signs[at][0] in sentence]

    def _lay_out(self) -> None:
        table, between = self._said
        signs = [(sign, kind) for kind, words in table.items() for sign in words.split(between)]
        for at, (sign, _) in enumerate(signs):
            self._by_first.setdefault(sign[0], []).append(at)
        self._signs = signs


_MOST = 10_000


class Memo(dict[str, "Made"]):
    """What `make` makes of each word looked up; most come again in the next text.

    It never holds more than ten thousand.
    """

    __slots__ = ("make",)

    def __init__(self, make: Callable[[str], Made]) -> None:
        super().__init__()
        self.make = make

    def __missing__(self, word: str) -> Made:
        """What is made of a word that did not come before."""
        if len(self) >= _MOST:
            self.clear()
        made = self[word] = self.make(word)
        return made
