"""Countries at the end of addresses."""

from schemas.bibliography.address_country import address_country, country_code
from tests.support.each_case import for_each


@for_each(
    "address, code",
    [
        ("Univ Tokyo, Dept Phys, Tokyo, Japan.", "JP"),
        ("Tsinghua Univ, Beijing 100084, Peoples R China", "CN"),
        ("Univ Oxford, Oxford, England", "GB"),
        ("Univ Glasgow, Glasgow, Scotland", "GB"),
        ("Queens Univ Belfast, Belfast, North Ireland", "GB"),
        ("Vietnam Natl Univ, Hanoi, Viet Nam", "VN"),
        ("Hanoi University, Hanoi, Vietnam", "VN"),
        ("Lomonosov Moscow State Univ, Moscow, Russia", "RU"),
        ("Moscow, Russian Federation", "RU"),
        ("Moscow, USSR", "RU"),
        ("Charles Univ, Prague, Czechoslovakia", "CZ"),
        ("UNIV BELGRADE, BELGRADE, YUGOSLAVIA", "RS"),
        ("Natl Taiwan Univ, Taipei, Taiwan, R.O.C.", "TW"),
        ("Natl Taiwan Univ, Taipei, Taiwan", "TW"),
        ("Seoul Natl Univ, Seoul, Korea, Republic of", "KR"),
        ("Univ Macau, Taipa, Macao SAR", "MO"),
        ("ETH Zürich, Zürich, Schweiz", "CH"),
        ("Charles Univ, Prague, Czech Republic", "CZ"),
        ("Seoul Natl Univ, Seoul, South Korea", "KR"),
        ("Univ Calif Berkeley, Berkeley, CA 94720 USA", "US"),
        ("Univ Massachusetts, Amherst, MA USA", "US"),
        ("MIT, Cambridge, MA 02139-4307", "US"),
        ("Univ Illinois, Urbana, IL", "US"),
        ("Ohio State University, Columbus, Ohio", "US"),
        ("Univ Sharjah, Sharjah, U Arab Emirates", "AE"),
        ("Kyoto University, Kyoto, Japan, 606-8501", "JP"),
        ("Kyoto University, Kyoto, Japan 606-8501", "JP"),
        ("Univ Oxford, Oxford, OX1 3PU UK", "GB"),
        ("KFUPM, Dhahran, Saudi Arabia. someone@kfupm.edu.sa", "SA"),
        ("Univ Tokyo, Tokyo, Japan; e-mail: a@b.example", "JP"),
        ("Univ Cocody, Abidjan, Cote Ivoire", "CI"),
        ("東京大学、東京、日本", "JP"),
        ("Tbilisi State Univ, Tbilisi, Georgia", "GE"),
        ("Tbilisi State Univ, Tbilisi 0179, Georgia", "GE"),
        ("Emory University, Atlanta, Georgia 30322", "US"),
        ("Emory University, Atlanta, Georgia, 30322-1007", "US"),
        ("University of Toronto, Toronto, ON M5S 1A1", "CA"),
        ("Univ Netherlands Antilles, Willemstad, Neth Antilles", "CW"),
    ],
)
def test_reads_the_country_where_addresses_end(address: str, code: str) -> None:
    assert address_country(address) == code


@for_each(
    "address", ["Beth Israel Deaconess Med Ctr, Boston", "Univ Jordan Hosp, Amman Street", "X, Atlantis", "", "12345"]
)
def test_never_finds_a_country_elsewhere_in_an_address(address: str) -> None:
    assert address_country(address) == ""


def test_old_and_official_names_are_one_country() -> None:
    assert country_code("Burma") == country_code("Union of Myanmar") == country_code("Myanmar") == "MM"
    assert country_code("Swaziland") == country_code("Eswatini") == "SZ"
