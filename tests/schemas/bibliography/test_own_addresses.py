"""Own addresses: by identifier, by names of the register, by a librarian's mapping."""

import pytest

from schemas.bibliography.organisations import name_key, organisation_in
from schemas.bibliography.own_addresses import CountryAddresses, InstitutionAddresses, names_in_register
from schemas.bibliography.record import Address
from schemas.register import load_register


def tokyo(mapping: dict[str, bool] | None = None, identifiers: tuple[str, ...] = ()) -> InstitutionAddresses:
    register = load_register()
    institution = next(one for one in register.institutions.values() if one.name_ja == "東京大学")
    return InstitutionAddresses(identifiers, *names_in_register(register, institution), mapping)


def address(text: str, *identifiers: str) -> Address:
    return Address(text, organisation_in(text), "JP", identifiers)


@pytest.mark.parametrize(
    "text",
    [
        "The University of Tokyo, Tokyo, Japan",
        "Graduate School of Science, University of Tokyo, Bunkyo-ku, Tokyo, Japan",
        "Univ Tokyo, Dept Phys, Tokyo, Japan",
        "UNIV TOKYO, Tokyo, Japan",
        "東京大学大学院理学系研究科",
        "The University of Tokyo Graduate School of Medicine, Tokyo, Japan",
        "University of Tokyo Institute of Medical Science, Tokyo, Japan",
    ],
)
def test_names_in_every_writing(text: str) -> None:
    assert tokyo().is_own(address(text))


@pytest.mark.parametrize(
    "text",
    [
        "Tokyo Univ Sci, Tokyo, Japan",
        "Tokyo University of Science, Tokyo, Japan",
        "Tokyo Med Univ, Tokyo, Japan",
        "Kyoto University, Kyoto, Japan",
        "Tokyo, Japan",
        "Graduate School of Project Design, Tokyo, Japan",
        "東京工業大学",
    ],
)
def test_names_of_others(text: str) -> None:
    own = tokyo()
    assert not own.is_own(address(text))
    assert list(own.unused.counts) == [organisation_in(text)]


def test_an_identifier_decides_before_the_name() -> None:
    own = tokyo(identifiers=("https://ror.org/057zh3y96",))
    assert own.is_own(address("A name of any kind", "https://ror.org/057zh3y96"))
    assert not own.is_own(address("The University of Tokyo", "https://ror.org/052gg0110"))


def test_the_mapping_decides_before_everything() -> None:
    own = tokyo({"Univ Tokyo Hosp": True, "Univ Tokyo": False})
    assert own.is_own(address("Univ Tokyo Hosp, Tokyo, Japan"))
    assert not own.is_own(address("Univ Tokyo, Dept Phys, Tokyo, Japan"))
    assert own.used.counts == {"Univ Tokyo Hosp": 1} and own.unused.counts == {"Univ Tokyo": 1}


def test_a_name_of_two_universities_is_not_used() -> None:
    register = load_register()
    for institution in register.institutions.values():
        names, ambiguous = names_in_register(register, institution)
        assert not {name_key(name) for name in names} & {name_key(name) for name in ambiguous}
    shared = [one.code for one in register.institutions.values() if names_in_register(register, one)[1]]
    assert len(shared) != 1


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Natl Inst Mat Sci, Tsukuba, Ibaraki, Japan", "国立研究開発法人物質・材料研究機構"),
        ("Inst Mol Sci, Okazaki, Aichi, Japan", "分子科学研究所"),
        ("High Energy Accelerator Res Org, Tsukuba, Japan", "大学共同利用機関法人高エネルギー加速器研究機構"),
        ("Japan Aerosp Explorat Agcy, Tsukuba, Japan", "宇宙航空研究開発機構"),
        ("SOKENDAI, Hayama, Kanagawa, Japan", "総合研究大学院大学"),
        ("Shinshu Univ, Nagano, Japan", "信州大学"),
        ("Jikei Univ, Tokyo, Japan", "東京慈恵会医科大学"),
    ],
)
def test_names_as_web_of_science_shortens_them(text: str, name: str) -> None:
    register = load_register()
    for one in register.institutions.values():
        is_meant = one.name_ja == name
        if is_meant or one.name_ja in ("大谷大学", "東京大学"):
            assert InstitutionAddresses((), *names_in_register(register, one)).is_own(address(text)) == is_meant


def test_a_university_of_the_same_name_abroad_is_listed_and_not_used() -> None:
    register = load_register()
    asia = next(one for one in register.institutions.values() if one.name_ja == "亜細亜大学")
    own, text = InstitutionAddresses((), *names_in_register(register, asia)), "Asia Univ, Taichung, Taiwan"
    abroad = Address(text, "Asia Univ", "TW")
    assert own.is_own(address("Asia Univ, Tokyo, Japan")) and not own.is_own(abroad)
    assert own.unused.counts == {text: 1} and own.used.counts == {"Asia Univ": 1}
    decided = InstitutionAddresses((), *names_in_register(register, asia), {text: True})
    assert decided.is_own(abroad)
    assert not own.is_own(Address("Univ Oxford, Oxford, England", "Univ Oxford", "GB")) and len(own.unused.counts) == 1


def test_own_is_a_country() -> None:
    own = CountryAddresses("JP")
    assert own.is_own(address("Anywhere")) and not own.is_own(Address("X", "X", "US"))


def test_names_before_a_merger_are_names_of_the_successor() -> None:
    register = load_register()
    change = next(one for one in register.changes if one.kind == "merger" and one.code_after in register.institutions)
    successor = register.institutions[change.code_after]
    own = InstitutionAddresses((), *names_in_register(register, successor))
    for code in change.codes_before:
        former = register.institutions[code]
        assert own.is_own(address(f"{former.name_en}, Tokyo, Japan")), former.name_en
