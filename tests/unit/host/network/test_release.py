from __future__ import annotations

from vmctld.host.network.release import release_packet


def test_a_release_names_the_card_its_address_and_the_server() -> None:
    packet = release_packet("fa:16:3e:00:00:01", "10.77.0.11", "10.77.0.2")

    assert packet[12:16] == bytes((10, 77, 0, 11))
    assert packet[28:34] == bytes.fromhex("fa163e000001")
    assert packet[236:240] == bytes((99, 130, 83, 99))
    assert packet[240:] == bytes((53, 1, 7, 54, 4, 10, 77, 0, 2, 255))
