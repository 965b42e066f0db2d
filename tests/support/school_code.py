"""The form of a school code of the ministry."""


def is_school_code(code: str) -> bool:
    """Whether ``code`` has the form and check digit of a school code.

    Thirteen characters; every second from the left is doubled (the letter counts A = 1 ...), digits of the
    products added, and the last brings the sum to a multiple of ten: the rule holds in all codes of the list.
    """
    if len(code) != 13 or not code[0].isascii() or not code[0].isalpha() or not code[1:].isdigit():
        return False
    digits = [ord(code[0].upper()) - 64, *map(int, code[1:])]
    total = digits[12]
    for place, digit in enumerate(digits[:12]):
        product = digit if place % 2 else digit * 2
        total += product - 9 if product > 9 else product
    return total % 10 == 0
