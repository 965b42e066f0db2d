"""Who is in the invented nation: thirty universities that do not exist, and three samples.

Figures are invented too; only their proportions are meant to be plausible. Numbers 1 to 12 and 13 to 30 are each
in the order national, public, private.
"""

from __future__ import annotations

from dataclasses import replace

from app.demo_profile import TITLE_RULE, Centre, Profile
from schemas.register import Institution


def _university(number: str, founder: str, ja: str, en: str, prefecture: str) -> Institution:
    return Institution(f"DEMO-{number}", f"{ja}（架空）", f"{en} (fictional)", founder, prefecture, is_demo=True)


# fmt: off
PROFILES = (
    Profile(
        _university("01", "national", "デモ国立第一大学", "Demo National University One", "宮城県"),
        founded=1949, size=3820, growth=24, foreign=320, gain=15, level=13, progress=2,
        papers=6100, international=37, bilingual_percent=9,
        centre=Centre(
            "デモ材料基礎国際拠点", "Demo International Centre for Basic Materials", "wpi_centre",
            "materials", 150, 3, 54, 1, 9, 24,
        ),
        students=46,
        has_hospital=True,
        open_call_percent=24,
        narrative="拠点で始めた英語の事務手続きを、2025年度から理工系の二つの部局に広げています（デモ）。",
    ),
    Profile(
        _university("02", "national", "デモ国立第二大学", "Demo National University Two", "広島県"),
        founded=1949, size=1760, growth=-9, foreign=104, gain=4, level=11, progress=2,
        papers=2250, international=33, bilingual_percent=6,
        centre=Centre(
            "デモ極限物質国際拠点", "Demo International Centre for Extreme Matter", "wpi_centre",
            "physics", 96, 2, 28, 1, 5, 22,
        ),
        students=86,
        has_hospital=True,
        remark=("publications.papers", "p", "直近の年の論文数は速報値です（デモ）。"),
    ),
    Profile(
        _university("03", "national", "デモ国立第三大学", "Demo National University Three", "新潟県"),
        founded=1949, size=790, growth=-5, foreign=36, gain=1, level=8, progress=1,
        papers=760, international=27, bilingual_percent=4,
        centre=Centre(
            "デモ雪氷環境研究センター", "Demo Research Centre for Snow and Ice", "research_centre",
            "environment_earth", 42, 1, 9, 0, 1, 17,
        ),
        students=118,
        standard="cefr_b2",
        coded=(("researchers.hired_open_call", "m"),),
        unproven=("A2", "E1", "E4"),
    ),
    Profile(
        _university("04", "national", "デモ国立第四大学", "Demo National University Four", "香川県"),
        founded=1966, size=430, growth=3, foreign=20, gain=2, level=9, progress=3,
        papers=410, international=29, bilingual_percent=5,
        centre=Centre(
            "デモ海洋生命研究センター", "Demo Marine Life Research Centre", "research_centre",
            "basic_life", 55, 2, 13, 1, 2, 18,
        ),
        skips_classes=True,
        standard="none",
    ),
    Profile(
        _university("05", "public", "デモ公立第一大学", "Demo Public University One", "大阪府"),
        founded=1951, size=1120, growth=12, foreign=58, gain=4, level=10, progress=2,
        papers=1380, international=31, bilingual_percent=6,
        centre=Centre(
            "デモ都市医療国際拠点", "Demo International Centre for Urban Medicine", "research_centre",
            "clinical_medicine", 78, 2, 26, 1, 4, 21,
        ),
        has_hospital=True,
        stem_percent=52,
        coded=(("staff.bilingual_part_time", "m"),),
        narrative="2つの学部を統合した新しい大学院を準備しています（デモ）。",
    ),
    Profile(
        _university("06", "public", "デモ公立第二大学", "Demo Public University Two", "北海道"),
        founded=2000, size=212, growth=6, foreign=14, gain=7, level=12, progress=3,
        papers=240, international=35, bilingual_percent=8,
        centre=Centre(
            "デモ情報数理研究センター", "Demo Research Centre for Computing and Mathematics", "research_centre",
            "computing_mathematics", 32, 1, 7, 1, 1, 20,
        ),
        skips_papers=True,
        pi_rule=TITLE_RULE,
    ),
    Profile(
        _university("07", "public", "デモ公立第三大学", "Demo Public University Three", "石川県"),
        founded=1994, size=138, growth=-1, foreign=6, gain=0, level=6, progress=1,
        papers=104, international=22, bilingual_percent=3,
        centre=Centre(
            "デモ看護国際教育研究科", "Demo Graduate School of Nursing", "faculty",
            "clinical_medicine", 24, 0, 3, 0, 0, 11,
        ),
        women_percent=44,
        stem_percent=72,
        skips_nationalities=True,
        coded=(("publications.international_corresponding", "m"),),
        absent_items=("D6",),
    ),
    Profile(
        _university("08", "private", "デモ私立第一大学", "Demo Private University One", "東京都"),
        founded=1920, size=1430, growth=16, foreign=128, gain=6, level=14, progress=2,
        papers=1640, international=34, bilingual_percent=12,
        centre=Centre(
            "デモ生命機能国際拠点", "Demo International Centre for Living Systems", "wpi_centre",
            "basic_life", 88, 4, 23, 2, 4, 21,
        ),
        mix="teaching",
        students=210,
        stem_percent=38,
        has_hospital=True,
        women_percent=26,
        is_fractional=True,
        pi_rule=TITLE_RULE,
    ),
    Profile(
        _university("09", "private", "デモ私立第二大学", "Demo Private University Two", "京都府"),
        founded=1948, size=610, growth=5, foreign=74, gain=3, level=19, progress=2,
        papers=520, international=36, bilingual_percent=21,
        centre=Centre(
            "デモ平和・共生研究所", "Demo Institute for Peace and Coexistence", "institute",
            "humanities_social", 46, 1, 19, 0, 3, 23,
        ),
        mix="teaching",
        students=240,
        stem_percent=15,
        women_percent=33,
        coded=(("profile.external_income", "c"),),
        narrative="人事・購入・出張の主な様式は、全学で日英併記を標準としています（デモ）。",
        remark=("profile.external_income", "", "非公表のため、この欄に届け出ます（デモ）。"),
    ),
    Profile(
        _university("10", "private", "デモ私立第三大学", "Demo Private University Three", "福岡県"),
        founded=1934, size=344, growth=-3, foreign=15, gain=1, level=7, progress=1,
        papers=190, international=24, bilingual_percent=3,
        centre=Centre(
            "デモ先端工学研究センター", "Demo Advanced Engineering Centre", "research_centre",
            "engineering", 36, 1, 5, 1, 1, 15,
        ),
        mix="teaching",
        students=260,
        standard="own_standard",
        unproven=("F4",),
        unbound=("E1", "E2", "A2"),
    ),
    Profile(
        _university("11", "private", "デモ私立第四大学", "Demo Private University Four", "静岡県"),
        founded=1988, size=148, growth=2, foreign=9, gain=0, level=7, progress=2,
        papers=46, international=20, bilingual_percent=6,
        mix="teaching",
        students=230,
        stem_percent=0,
        women_percent=36,
        has_doctoral=False,
        coded=(("hosted.total", "a"), ("hosted.foreign", "a")),
        standard="eiken_pre1",
        absent_items=("B4", "D6", "F3"),
    ),
    Profile(
        _university("12", "private", "デモ私立第五大学", "Demo Private University Five", "沖縄県"),
        founded=2004, size=60, growth=1, foreign=5, gain=1, level=9, progress=3,
        papers=38, international=30, bilingual_percent=14,
        mix="teaching",
        students=140,
        stem_percent=95,
        is_single_unit=True,
        standard="degree_abroad",
        coded=(("hosted.foreign", "m"),),
        absent_items=("G5",),
    ),
    Profile(
        _university("13", "national", "デモ国立第五大学", "Demo National University Five", "茨城県"),
        founded=1973, size=2140, growth=10, foreign=236, gain=11, level=14, progress=2,
        papers=3300, international=39, bilingual_percent=11,
        centre=Centre(
            "デモ睡眠生理国際拠点", "Demo International Centre for Sleep Physiology", "wpi_centre",
            "basic_life", 118, 3, 45, 2, 7, 23,
        ),
        students=76, has_hospital=True, open_call_percent=30,
    ),
    Profile(
        _university("14", "national", "デモ国立第六大学", "Demo National University Six", "長野県"),
        founded=1949, size=1010, growth=-4, foreign=52, gain=2, level=9, progress=2,
        papers=1080, international=29, bilingual_percent=5,
        centre=Centre(
            "デモ繊維素材研究センター", "Demo Research Centre for Fibre Materials", "research_centre",
            "materials", 62, 1, 14, 1, 2, 18,
        ),
        students=104, has_hospital=True,
    ),
    Profile(
        _university("15", "national", "デモ国立第七大学", "Demo National University Seven", "熊本県"),
        founded=1949, size=960, growth=2, foreign=58, gain=3, level=10, progress=2,
        papers=1190, international=30, bilingual_percent=6,
        centre=Centre(
            "デモ発生医学国際拠点", "Demo International Centre for Developmental Medicine", "research_centre",
            "basic_life", 74, 2, 21, 1, 3, 20,
        ),
        students=96, has_hospital=True, women_percent=24,
    ),
    Profile(
        _university("16", "national", "デモ国立第八大学", "Demo National University Eight", "秋田県"),
        founded=1949, size=540, growth=-3, foreign=21, gain=1, level=7, progress=1,
        papers=430, international=24, bilingual_percent=3,
        centre=Centre(
            "デモ資源循環研究センター", "Demo Research Centre for Resource Cycles", "research_centre",
            "environment_earth", 38, 0, 7, 0, 1, 15,
        ),
        students=98, has_hospital=True, unproven=("A2",),
    ),
    Profile(
        _university("17", "national", "デモ国立第九大学", "Demo National University Nine", "神奈川県"),
        founded=1949, size=720, growth=5, foreign=66, gain=4, level=13, progress=2,
        papers=860, international=37, bilingual_percent=9,
        centre=Centre(
            "デモ複雑系科学国際拠点", "Demo International Centre for Complex Systems", "research_centre",
            "multidisciplinary", 66, 2, 22, 1, 4, 21,
        ),
        students=112, stem_percent=64,
    ),
    Profile(
        _university("18", "national", "デモ国立第十大学", "Demo National University Ten", "鳥取県"),
        founded=1949, size=470, growth=-2, foreign=17, gain=1, level=7, progress=2,
        papers=350, international=25, bilingual_percent=4,
        centre=Centre(
            "デモ乾燥地研究センター", "Demo Arid Land Research Centre", "research_centre",
            "environment_earth", 34, 0, 11, 0, 2, 17,
        ),
        students=110, has_hospital=True, standard="cefr_b2",
    ),
    Profile(
        _university("19", "national", "デモ国立第十一大学", "Demo National University Eleven", "奈良県"),
        founded=1991, size=205, growth=1, foreign=26, gain=2, level=17, progress=2,
        papers=310, international=42, bilingual_percent=15,
        centre=Centre(
            "デモ情報生命国際拠点", "Demo International Centre for Information and Life", "institute",
            "computing_mathematics", 52, 1, 18, 1, 3, 24,
        ),
        students=55, stem_percent=100, women_percent=16, open_call_percent=38,
    ),
    Profile(
        _university("20", "public", "デモ公立第四大学", "Demo Public University Four", "愛知県"),
        founded=1950, size=690, growth=3, foreign=30, gain=2, level=9, progress=2,
        papers=640, international=27, bilingual_percent=5,
        centre=Centre(
            "デモ神経回路研究センター", "Demo Research Centre for Neural Circuits", "research_centre",
            "basic_life", 44, 1, 11, 1, 2, 18,
        ),
        students=66, has_hospital=True, stem_percent=56,
    ),
    Profile(
        _university("21", "public", "デモ公立第五大学", "Demo Public University Five", "福島県"),
        founded=1993, size=96, growth=2, foreign=31, gain=2, level=22, progress=1,
        papers=170, international=58, bilingual_percent=31,
        centre=Centre(
            "デモ計算科学国際拠点", "Demo International Centre for Computational Science", "research_centre",
            "computing_mathematics", 30, 1, 14, 1, 3, 26,
        ),
        students=120, stem_percent=100, standard="degree_abroad",
    ),
    Profile(
        _university("22", "public", "デモ公立第六大学", "Demo Public University Six", "兵庫県"),
        founded=1929, size=520, growth=-2, foreign=22, gain=1, level=8, progress=2,
        papers=560, international=29, bilingual_percent=4,
        centre=Centre(
            "デモ放射光科学研究センター", "Demo Research Centre for Synchrotron Science", "research_centre",
            "physics", 40, 1, 10, 0, 2, 17,
        ),
        students=108, stem_percent=48,
    ),
    Profile(
        _university("23", "public", "デモ公立第七大学", "Demo Public University Seven", "山梨県"),
        founded=1998, size=118, growth=0, foreign=4, gain=0, level=6, progress=1,
        papers=58, international=19, bilingual_percent=3,
        students=130, women_percent=46, stem_percent=42, has_doctoral=False,
        absent_items=("B4", "D6"), coded=(("hosted.foreign", "m"),),
    ),
    Profile(
        _university("24", "private", "デモ私立第六大学", "Demo Private University Six", "埼玉県"),
        founded=1881, size=1180, growth=9, foreign=84, gain=4, level=12, progress=2,
        papers=980, international=31, bilingual_percent=9,
        centre=Centre(
            "デモ言語文化国際研究所", "Demo International Institute for Language and Culture", "institute",
            "humanities_social", 58, 1, 21, 1, 4, 21,
        ),
        mix="teaching", students=250, stem_percent=34, women_percent=28,
    ),
    Profile(
        _university("25", "private", "デモ私立第七大学", "Demo Private University Seven", "千葉県"),
        founded=1942, size=760, growth=4, foreign=38, gain=2, level=10, progress=2,
        papers=720, international=28, bilingual_percent=6,
        centre=Centre(
            "デモロボット工学研究センター", "Demo Research Centre for Robotics", "research_centre",
            "engineering", 50, 2, 12, 1, 2, 18,
        ),
        mix="teaching", students=220, stem_percent=88, women_percent=15,
    ),
    Profile(
        _university("26", "private", "デモ私立第八大学", "Demo Private University Eight", "滋賀県"),
        founded=1994, size=420, growth=6, foreign=34, gain=3, level=13, progress=2,
        papers=360, international=32, bilingual_percent=10,
        centre=Centre(
            "デモ水環境国際研究センター", "Demo International Research Centre for Water", "research_centre",
            "environment_earth", 37, 1, 12, 1, 2, 20,
        ),
        mix="teaching", students=270, stem_percent=55, unbound=("E1", "A2"),
    ),
    Profile(
        _university("27", "private", "デモ私立第九大学", "Demo Private University Nine", "岐阜県"),
        founded=1971, size=310, growth=-2, foreign=11, gain=1, level=7, progress=1,
        papers=210, international=21, bilingual_percent=3,
        centre=Centre(
            "デモ薬学国際研究センター", "Demo International Research Centre for Pharmacy", "research_centre",
            "clinical_medicine", 28, 0, 5, 0, 1, 14,
        ),
        mix="teaching", students=200, stem_percent=74, standard="none",
    ),
    Profile(
        _university("28", "private", "デモ私立第十大学", "Demo Private University Ten", "大分県"),
        founded=2000, size=170, growth=1, foreign=76, gain=2, level=25, progress=1,
        papers=120, international=44, bilingual_percent=44,
        centre=Centre(
            "デモアジア太平洋研究所", "Demo Institute for Asia and the Pacific", "institute",
            "humanities_social", 26, 1, 15, 0, 4, 27,
        ),
        mix="teaching", students=330, stem_percent=0, women_percent=34, open_call_percent=45,
    ),
    Profile(
        _university("29", "private", "デモ私立第十一大学", "Demo Private University Eleven", "長崎県"),
        founded=1965, size=128, growth=-1, foreign=7, gain=0, level=6, progress=2,
        papers=60, international=20, bilingual_percent=4,
        mix="teaching", students=210, stem_percent=30, women_percent=38, skips_classes=True,
    ),
    Profile(
        _university("30", "private", "デモ私立第十二大学", "Demo Private University Twelve", "高知県"),
        founded=2009, size=74, growth=2, foreign=6, gain=1, level=10, progress=2,
        papers=64, international=28, bilingual_percent=8,
        centre=Centre(
            "デモ地域創生研究センター", "Demo Research Centre for Regional Renewal", "research_centre",
            "humanities_social", 22, 0, 4, 0, 1, 16,
        ),
        mix="teaching", students=160, stem_percent=70, standard="own_standard",
    ),
)

STRONG = Profile(
    _university("S1", "national", "デモ見本大学A", "Demo Sample University A", "愛知県"),
    founded=1949, size=1240, growth=10, foreign=196, gain=8, level=21, progress=2,
    papers=2100, international=63, bilingual_percent=26,
    centre=Centre(
        "デモ宇宙数理国際拠点", "Demo International Centre for Space and Mathematics", "wpi_centre",
        "physics", 168, 4, 76, 2, 9, 29,
    ),
    students=70,
    open_call_percent=45,
    narrative="拠点の英語による事務を全学に広げ、毎年点検しています（デモ）。",
)
AVERAGE = Profile(
    _university("S2", "national", "デモ見本大学B", "Demo Sample University B", "岡山県"),
    founded=1949, size=880, growth=4, foreign=67, gain=2, level=11, progress=2,
    papers=1020, international=32, bilingual_percent=6,
    centre=Centre(
        "デモ環境科学国際拠点", "Demo International Centre for Environmental Science", "research_centre",
        "environment_earth", 84, 2, 23, 1, 4, 20,
    ),
    students=105,
    has_hospital=True,
)
FAULTY = replace(
    AVERAGE, institution=_university("S3", "national", "デモ見本大学C", "Demo Sample University C", "山口県")
)
# fmt: on
