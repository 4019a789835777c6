"""What each container is made of, and what it says once it can be used."""

from collections.abc import Mapping

from flowctl.cluster.services import GATEWAY
from flowkit.servers.postgres_data import SUPERUSER

from .container import Recipe
from .images import ROOT

NATS, POSTGRES = "nats", "postgres"
NATS_PORT, POSTGRES_PORT, GATEWAY_PORT, OPS_PORT = 4222, 5432, 3001, 9100
NATS_CONFIG = ROOT / "deploy" / "nats"
# The name by which a container finds this machine, whatever engine there is.
THIS_MACHINE = "host.docker.internal"
# As they are deployed: nothing to write on, nothing to be gained.
HARDENED = {"read_only": True, "cap_drop": ["ALL"], "security_opt": ["no-new-privileges:true"]}
NO_TLS = {"/etc/nats/tls/tls.conf": b"# off\n"}
_NATS_INSIDE, _NATS_FILES = "/etc/nats", ("nats.conf", "users.conf")


def nats(image: str, passwords: Mapping[str, str]) -> Recipe:
    """With the configuration it is deployed with."""
    kept = {
        f"{_NATS_INSIDE}/passwords/{user}.conf": f'password: "{given}"\n'.encode() for user, given in passwords.items()
    }
    return Recipe(
        name=NATS,
        image=image,
        ports=(NATS_PORT,),
        command=("--config", f"{_NATS_INSIDE}/nats.conf"),
        files={f"{_NATS_INSIDE}/{name}": (NATS_CONFIG / name).read_bytes() for name in _NATS_FILES} | kept | NO_TLS,
        ready=("Server is ready",),
    )


def postgres(image: str, password: str) -> Recipe:
    """In memory and unsynced: what it stores is gone with it anyway."""
    return Recipe(
        name=POSTGRES,
        image=image,
        ports=(POSTGRES_PORT,),
        environ={"POSTGRES_USER": SUPERUSER, "POSTGRES_PASSWORD": password},
        command=("postgres", "-c", "fsync=off", "-c", "full_page_writes=off", "-c", "synchronous_commit=off"),
        tmpfs=("/var/lib/postgresql",),
        # Another one runs while the data are made; it listens on no address.
        ready=("listening on IPv4 address", "ready to accept connections"),
    )


def nats_url(user: str, passwords: Mapping[str, str], address: str = f"{NATS}:{NATS_PORT}") -> str:
    return f"nats://{user}:{passwords[user]}@{address}"


def service(name: str, image: str, environ: Mapping[str, str], database_url: str | None) -> Recipe:
    told = dict(environ)
    return Recipe(
        name=name,
        image=image,
        ports=(OPS_PORT, GATEWAY_PORT) if name == GATEWAY else (OPS_PORT,),
        environ=told if database_url is None else told | {"DATABASE_URL": database_url, "LOSSY_DATABASE": "allowed"},
        options=HARDENED | {"extra_hosts": {THIS_MACHINE: "host-gateway"}},
        ready=('"event":"ready"',),
    )
