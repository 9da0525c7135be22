"""The letters of each language beyond ASCII, by how often they are met in names and addresses.

The tiers come from published letter frequencies, rounded to three steps: what tells encodings
apart is the order of magnitude. For Chinese, Japanese and Korean the tiers are the signs that
contact tables are full of (surnames, cities, headings).
"""
# ruff: noqa: RUF001, E501 - look-alike letters are the subject; wide ones count double

from typing import NamedTuple


class Language(NamedTuple):
    """One language, or a mixture of neighbours: its letters, lower case, and its encodings."""

    code: str
    common: str
    usual: str
    rare: str
    encodings: tuple[str, ...]


WESTERN = ("cp1252", "iso8859-15", "mac_roman", "cp850")
CENTRAL = ("cp1250", "iso8859-2", "cp852")
CYRILLIC = ("cp1251", "koi8_r", "cp866")

_SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文"
_GIVEN = "伟芳娜秀英敏静丽强磊军洋勇艳杰娟涛明超兰霞平刚桂华建国红玉志海春梅小云飞辉波燕玲鹏浩宇轩欣怡佳子雨梓涵诗晨俊峰宁婷雪琳晓东立新生成文德永福光荣美凤清"
_PLACES = (
    "中国北京上海广州深圳天津重庆成都武汉杭州南京西安苏州省市区县路街号楼室镇村大学公司有限责任科技"
)
_HEADINGS = "姓名电话手机号码邮箱电子邮件地址城市国家性别男女生日出生日期备注公司部门职位编号邮政编码联系人客户称呼传真网址微信年月标签组"
_SURNAMES_TRADITIONAL = "王李張劉陳楊趙黃周吳徐孫胡朱高林何郭馬羅梁宋鄭謝韓唐馮于董蕭程曹袁鄧許傅沈曾彭呂蘇盧蔣蔡賈丁魏薛葉閻余潘杜戴夏鍾汪田任姜范方石姚譚廖鄒熊金陸郝孔白崔康毛邱秦江史顧侯邵孟龍萬段雷錢湯尹黎易常武喬賀賴龔文"
_GIVEN_TRADITIONAL = "偉芳娜秀英敏靜麗強磊軍洋勇艷傑娟濤明超蘭霞平剛桂華建國紅玉志海春梅小雲飛輝波燕玲鵬浩宇軒欣怡佳子雨涵詩晨俊峰寧婷雪琳曉東立新生成文德永福光榮美鳳清淑惠雅君家豪宗"
_PLACES_TRADITIONAL = "中國臺台北高雄中南桃園新竹香港九龍市區縣路街號樓室鎮村大學公司有限科技基隆嘉義屏東花蓮宜蘭段巷弄"
_HEADINGS_TRADITIONAL = "姓名電話手機號碼郵箱電子郵件信箱地址城市國家性別男女生日出生日期備註公司部門職稱編號郵遞區號聯絡人客戶稱呼傳真網址年月標籤行動"
_KANJI = (
    "田中山本村上川口小林佐藤鈴木高橋伊渡辺加吉井松清斎森池石橋前岡長谷近坂遠青野西福太三原島和石神木内竹宮金大東京都府県市区町村丁目番地北海道札幌仙台横浜名古屋神戸広九州福岡沖縄千葉埼玉"
    "氏名姓電話番号住所郵便携帯性別男女生年月日会社部署役職備考国籍子美一郎二恵花健愛真由香優翔太陽菜結衣株式有限"
)
_KATAKANA = "アイウエオカキクケコサシスセソタチツテトナニヌネノハヒフヘホマミムメモヤユヨラリルレロワヲンガギグゲゴザジズゼゾダヂヅデドバビブベボパピプペポャュョッァィゥェォー"
_HIRAGANA = "あいうえおかきくけこさしすせそたちつてとなにぬねのはひふへほまみむめもやゆよらりるれろわをんがぎぐげござじずぜぞだぢづでどばびぶべぼぱぴぷぺぽゃゅょっ"
_HANGUL = "김이박최정강조윤장임한오서신권황안송전홍유고문양손배백허남심노하곽성차주우구민류나진지엄채원천방공현함변염여추도소석선설마길연위표명기반왕금옥육인맹제모탁국어은편용"
_HANGUL_USUAL = (
    "민준서연지우하윤수아은영철미경숙희자순옥호동현상훈진성재승혜정선태광일창범규빈예린채원유나다라가사시군구읍면리로길번대부산인광울세종기강충북남전경제울특별광역도"
    "이름성전화번호휴대폰메일주소회사생년월일별남여우편직책비고고객담당자국가도시메모팩스핸드"
)

LANGUAGES = (
    Language("it", "àèé", "òùì", "îóíáúç", WESTERN),
    Language("fr", "éè", "àêçôëïâîœ", "ûùüÿæñ", WESTERN),
    Language("de", "üäöß", "é", "èàëñç", WESTERN),
    Language("es", "áéíóñ", "ú", "üçàèò", WESTERN),
    Language("pt", "ãáçéíó", "âêôú", "õàüñ", WESTERN),
    Language("nl", "ëéï", "èöü", "êçáàó", WESTERN),
    Language("ca", "àéóèçí", "òúïü", "ñ", WESTERN),
    Language("sv", "åäö", "é", "üèàáø", WESTERN),
    Language("da", "øåæ", "éö", "äüèàó", WESTERN),
    Language("fi", "äö", "å", "éüšž", WESTERN),
    Language("is", "áðíóþéúæö", "ý", "üåä", WESTERN),
    Language("western", "", "éèàçüöäñáíóúßêâôîëïãõåøæœòùì", "ûõýÿðþ", WESTERN),
    Language("pl", "łóąęśżć", "ńź", "éüöäáíšč", CENTRAL),
    Language("cs", "áíéěřčšžýů", "úňťď", "óöüäľ", CENTRAL),
    Language("sk", "áíéčšžýúľ", "ťňôäóď", "ĺŕöüěř", CENTRAL),
    Language("hu", "áéőóöí", "üűú", "äčšž", CENTRAL),
    Language("ro", "ăâşţî", "é", "öüóáő", CENTRAL),
    Language("hr", "čćžš", "đ", "éöüäáó", CENTRAL),
    Language("central", "", "łóąęśżćáíéěřčšžýůúőöüăâşţî", "ńźňťďľôäűđß", CENTRAL),
    Language("tr", "ıişüöçğ", "İâ", "éîûäß", ("cp1254",)),
    Language("lt", "ėšžąųū", "čęį", "éüöäół", ("cp1257",)),
    Language("lv", "āīēšū", "ņļķģžč", "éüöäóõ", ("cp1257",)),
    Language("et", "äõüö", "šž", "éåóāē", ("cp1257",)),
    Language("ru", "оеаинтсрвлк", "мдпуяыьгзбчйхжшю", "цщэфъё", CYRILLIC),
    Language("uk", "оаинтвреісклу", "мдпяьгзбчйхжшюї", "цщєфґё’", CYRILLIC),
    Language("bg", "аоеинтрсвл", "кдпмзяуъбгчйжхш", "цющфь", CYRILLIC),
    Language("sr", "аоеинрстувјк", "дпмлзгбшчцжћњ", "фхљђџ", ("cp1251",)),
    Language("el", "αοιετσνηυρπκμλς", "ωίόάέήύώδγχθφβ", "ξζψϊΐϋ", ("cp1253", "iso8859-7")),
    Language("he", "ויהלארתבמש", "נםדקעפחכןטגסזצ", "ףץך", ("cp1255",)),
    Language("ar", "ايلمنرتوبعد", "سهفكقحجشةطصخأىض", "ذغثزئءآظؤإ،", ("cp1256",)),
    Language("th", "านรอกเงมยลวดทสตะปบคหแจพชขใไโผ", "ิ่ี้ัุู็์", "ำฟซถณศธญษภฐฉ", ("cp874",)),
    Language("ja", _KATAKANA + _HIRAGANA, _KANJI, "、。・「」（）　々", ("cp932", "euc_jp")),
    Language("zh", _SURNAMES + _HEADINGS, _GIVEN + _PLACES, "，。、（）：；　·", ("gb18030",)),
    Language(
        "zh-hant",
        _SURNAMES_TRADITIONAL + _HEADINGS_TRADITIONAL,
        _GIVEN_TRADITIONAL + _PLACES_TRADITIONAL,
        "，。、（）：；　·",
        ("big5",),
    ),
    Language("ko", _HANGUL, _HANGUL_USUAL, "，。、（）·　", ("cp949",)),
)

SPOKEN: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(("IT", "SM", "VA"), ("it",)),
    **dict.fromkeys(("FR", "MC", "SN", "CI", "TN", "DZ", "MA", "RE"), ("fr",)),
    **dict.fromkeys(("DE", "AT", "LI"), ("de",)),
    **dict.fromkeys(
        ("ES", "MX", "AR", "CO", "CL", "PE", "VE", "EC", "UY", "PY", "BO", "CR", "CU", "DO", "GT"),
        ("es",),
    ),
    **dict.fromkeys(("HN", "NI", "PA", "SV", "PR", "GQ"), ("es",)),
    **dict.fromkeys(("PT", "BR", "AO", "MZ", "CV"), ("pt",)),
    **dict.fromkeys(("RU", "BY", "KZ", "KG"), ("ru",)),
    **dict.fromkeys(("HR", "SI", "BA"), ("hr",)),
    **dict.fromkeys(("RS", "ME"), ("sr", "hr")),
    **dict.fromkeys(("GR", "CY"), ("el",)),
    **dict.fromkeys(("TW", "HK", "MO"), ("zh-hant",)),
    **dict.fromkeys(("CN", "SG"), ("zh",)),
    **dict.fromkeys(("DK", "NO", "FO", "GL"), ("da",)),
    **dict.fromkeys(("RO", "MD"), ("ro",)),
    "CH": ("de", "fr", "it"),
    "BE": ("fr", "nl"),
    "LU": ("fr", "de"),
    "CA": ("fr",),
    "AD": ("ca", "es", "fr"),
    "NL": ("nl",),
    "SE": ("sv",),
    "FI": ("fi", "sv"),
    "IS": ("is",),
    "PL": ("pl",),
    "CZ": ("cs",),
    "SK": ("sk",),
    "HU": ("hu",),
    "TR": ("tr",),
    "LT": ("lt",),
    "LV": ("lv",),
    "EE": ("et",),
    "UA": ("uk", "ru"),
    "BG": ("bg",),
    "MK": ("sr",),
    "JP": ("ja",),
    "KR": ("ko",),
}
"""The languages, by their code above, that are written in a country (ISO 3166)."""
