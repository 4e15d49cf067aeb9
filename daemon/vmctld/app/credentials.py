"""What a process shows its peers, and whom it trusts: a folder by ``vmctld credentials``."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from vmctld.domain.identity import AGENT
from vmctld.errors import InvalidRequest
from vmctld.rpc.address import TlsFiles

CA, CERTIFICATE, KEY, TOKEN = "ca.crt", "tls.crt", "tls.key", "token"
DOMAIN = "vmctl"  # of no DNS: names say which part it is, wherever it runs


@dataclass(frozen=True, slots=True)
class Credentials:
    """One part's certificate and token, and the installation's authority."""

    name: str  # api, conductor, agent.<host>
    ca_file: Path
    ca: bytes = field(repr=False)
    certificate: bytes = field(repr=False)
    key: bytes = field(repr=False)
    token: str = field(repr=False)
    files: TlsFiles


def read_credentials(directory: Path) -> Credentials:
    """Return what is in a part's folder, which is called as the part is.

    Raises InvalidRequest (``invalid-credentials``).
    """
    files = TlsFiles(directory / CERTIFICATE, directory / KEY, directory / CA)
    try:
        return Credentials(
            name=directory.name,
            ca_file=directory / CA,
            ca=(directory / CA).read_bytes(),
            certificate=files.cert.read_bytes(),
            key=files.key.read_bytes(),
            token=(directory / TOKEN).read_text("ascii").strip(),
            files=files,
        )
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidRequest(
            f"the credentials in {directory} cannot be read: {error}",
            code="invalid-credentials",
            hint="Make them with `vmctld credentials` and copy the whole folder.",
        ) from error


def check_is_of_host(held: Credentials, host: str) -> None:
    """Raise InvalidRequest (``invalid-credentials``) unless they are those of a host's agent.

    The other parts let an agent touch what is on the host of its name, and nothing else: with
    another one's credentials it could build, and never give anything back.
    """
    wanted = f"{AGENT}.{host}"
    if held.name != wanted:
        raise InvalidRequest(
            f"the compute host {host} has the credentials of {held.name}",
            code="invalid-credentials",
            hint=f"It needs those of {wanted}: see --credentials-dir and --host.",
        )


def tls_name_of(name: str) -> str:
    """Return the name that a part's certificate is for."""
    return f"{name}.{DOMAIN}"
