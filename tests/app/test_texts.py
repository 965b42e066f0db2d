"""What English texts say of one: the singular, wherever a number is put into a sentence."""

from app.texts import say


def test_every_text_with_a_number_goes_through_it() -> None:
    assert say("people.people", "en", k=1) == "1 more person, net"
    assert say("people.people", "en", k=2) == "2 more people, net"
    assert say("round.opened", "en", year=2026, n=1, opens="a", deadline="b").count("1 institution,") == 1
