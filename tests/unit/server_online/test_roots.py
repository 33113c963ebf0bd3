"""Public factors of roots: whole numbers that every machine computes alike."""

from __future__ import annotations

from decimal import Decimal, localcontext

from server_node.online.roots import half_power


def test_half_power_is_the_nearest_whole_number_to_53_bits() -> None:
    with localcontext() as context:
        context.prec = 50
        for halves in range(121):
            exact = Decimal(2) ** (Decimal(halves) / 2)
            assert abs(half_power(halves) - exact) <= Decimal("0.5") + exact * Decimal(2) ** -53, halves


def test_half_power_does_not_depend_on_how_a_machine_computes_powers() -> None:
    assert half_power(60) == 1 << 30
    assert half_power(59) == 759_250_125
    assert half_power(119) == 815_238_614_083_298_944
