"""Passwords are made on the first start, known to those alone who need them, and never shown."""

import json

import pytest
from flowctl.cluster import SERVICES

from .crowd import made_up_passwords, people_of
from .engine import Failed, docker
from .project import Project
from .readiness import ready

SERVICE_NAMES = tuple(spec.name for spec in SERVICES)
STORING = tuple(spec.name for spec in SERVICES if spec.has_database)
MAY_DO = "SELECT rolsuper OR rolcreatedb OR rolcreaterole OR rolreplication OR rolbypassrls FROM pg_roles"
LATER, BUS_URL = "later", "/run/bus/url"
OF_PEOPLE = ("operator", "system")


async def url_of(project: Project, service: str) -> str:
    return (await project.read(await project.container(service), "/run/database/url")).strip()


async def sql(project: Project, url: str, statement: str) -> str:
    postgres = await project.container("postgres")
    return (await project.run_in(postgres, "psql", url, "--no-psqlrc", "-Atc", statement)).strip()


async def every_secret(project: Project) -> set[str]:
    """As it would stand in a text that gives it away: nothing before or after it."""
    postgres = await project.container("postgres")
    superusers = await project.run_in(postgres, "cat", "/run/superuser/password")
    urls = [await url_of(project, service) for service in STORING]
    key = await project.read(await project.container("auth"), "/run/keys/encryption-key")
    urls += [await project.read(await project.container(service), BUS_URL) for service in SERVICE_NAMES]
    people = [await project.compose("run", "--rm", "--no-deps", "bus", "password", name) for name in OF_PEOPLE]
    passwords = (url.split(":")[2].partition("@")[0] for url in urls)
    return {each.strip() for each in (superusers, key, *people, *await made_up_passwords(project), *passwords)}


async def test_no_secret_is_in_the_rendered_file_nor_in_what_the_engine_tells(project: Project) -> None:
    containers = await project.containers()
    images = sorted({each.told["Config"]["Image"] for each in containers})
    made = [await docker("history", "--no-trunc", image) for image in images]
    inspected = [json.dumps([dict(each.told) for each in containers]), await docker("image", "inspect", *images)]

    secrets = await every_secret(project)

    assert len(secrets) == len(STORING) + len(SERVICE_NAMES) + len(OF_PEOPLE) + 3
    assert all(len(secret) >= 20 for secret in secrets)
    told = [await project.compose("config"), *inspected, *made]
    assert not [secret for secret in secrets for text in told if secret in text]


async def test_no_secret_is_in_a_log_but_the_root_admins_first_password(project: Project) -> None:
    said = {each.name: await project.said(each) for each in await project.containers()}

    secrets = await every_secret(project) - {*await made_up_passwords(project)}

    assert all(said[each.name] for each in await project.containers(*SERVICE_NAMES, "nats"))
    assert not [name for name, text in said.items() for secret in secrets if secret in text]


@pytest.mark.parametrize("service", STORING)
async def test_a_service_enters_its_own_database_and_no_other(project: Project, service: str) -> None:
    url = await url_of(project, service)

    assert await sql(project, url, "SELECT current_user || ' in ' || current_database()") == f"{service} in {service}"
    for other in {*STORING, "postgres", "template1"} - {service}:
        with pytest.raises(Failed, match=f'permission denied for database "{other}"'):
            await sql(project, f"{url.rpartition('/')[0]}/{other}", "SELECT 1")


@pytest.mark.parametrize("service", STORING)
async def test_a_services_role_is_nobody_in_particular(project: Project, service: str) -> None:
    url = await url_of(project, service)

    assert await sql(project, url, f"{MAY_DO} WHERE rolname = current_user") == "f"


@pytest.mark.parametrize("service", STORING)
async def test_a_service_sees_no_password_but_its_own(project: Project, service: str) -> None:
    mounts = (await project.container(service)).told["Mounts"]

    own = [f"{service}-database", f"{service}-bus", *(["auth-encryption-key"] if service == "auth" else [])]
    read = {(f"{project.name}_{name}", False) for name in own}
    assert {(mount["Name"], mount["RW"]) for mount in mounts} == read | {(f"{project.name}_{service}-box", True)}


async def test_a_service_added_later_gets_a_database_where_the_others_keep_theirs(project: Project) -> None:
    before = [await url_of(project, service) for service in STORING]
    volume = await docker("volume", "create", "--label", f"com.docker.compose.project={project.name}")
    mount = f"{volume.strip()}:/databases/{LATER}"

    for _ in range(2):
        await project.compose("run", "--rm", "--volume", mount, "databases")

    read = ("run", "--rm", "--volume", mount, "--entrypoint", "cat", "databases", f"/databases/{LATER}/url")
    url = (await project.compose(*read)).strip()
    assert await sql(project, url, "CREATE TABLE mine (id int); SELECT current_database()") == f"CREATE TABLE\n{LATER}"
    assert [await url_of(project, service) for service in STORING] == before
    await docker("volume", "rm", volume.strip())


async def test_the_root_admins_password_is_told_once_and_stays(project: Project) -> None:
    told = await made_up_passwords(project)
    admin = await project.container("admin")

    await docker("restart", admin.id)
    await ready(admin)

    assert await made_up_passwords(project) == told
    async with people_of(project) as people:
        assert (await people.root()).token


async def new_root_password(project: Project, *told: str) -> str:
    return (await project.compose("run", "--rm", *told, "admin", "seed", "--new-password")).strip()


async def test_a_lost_root_password_is_replaced_while_admin_runs(project: Project) -> None:
    (lost,) = await made_up_passwords(project)
    try:
        new = await new_root_password(project)

        async with people_of(project, new) as people:
            assert (await people.root()).token
        assert new != lost
    finally:
        # It is whoever comes next who still finds the first one in admin's log.
        assert await new_root_password(project, "--env", f"ROOT_ADMIN_PASSWORD={lost}") == ""
