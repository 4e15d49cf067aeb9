"""Where settings come from, which of them wins, and what is refused."""

from pathlib import Path

import pytest

from vmctld.config import load
from vmctld.config.settings import PARSERS
from vmctld.errors import InvalidRequest, NotSupported

A_COMPUTE_HOST = {
    "VMCTLD_ROLES": "compute",
    "VMCTLD_BUS_URL": "amqp://mq/",
    "VMCTLD_IDENTITY_ENDPOINT": "api:9696",
    "VMCTLD_CREDENTIALS_DIR": "/etc/vmctl/agent.web-1",
}


def user_settings(options=None, environ=None, state_dir="/nowhere"):
    """Load as a user without a configuration file, unless ``state_dir`` has one."""
    environ = {"VMCTLD_STATE_DIR": str(state_dir), **(environ or {})}
    return load(options or {}, environ, is_root=False)


def test_root_keeps_its_state_in_var_and_listens_in_run():
    settings = load({}, {}, is_root=True)

    assert settings.state_dir == Path("/var/lib/vmctl")
    assert settings.listen == ("unix:///run/vmctl/vmctld.sock",)


def test_a_user_keeps_everything_under_the_state_home(tmp_path):
    settings = load({}, {"XDG_STATE_HOME": str(tmp_path)}, is_root=False)

    assert settings.state_dir == tmp_path / "vmctl"
    assert settings.listen == (f"unix://{tmp_path}/vmctl/vmctld.sock",)
    assert settings.database_url == f"sqlite:///{tmp_path}/vmctl/vmctl.db"


@pytest.mark.parametrize("scheme", ["postgresql", "postgresql+psycopg"])
def test_a_database_servers_url_is_taken_and_not_shown(tmp_path, scheme):
    url = f"{scheme}://vmctl:canary@db/vmctl"

    settings = user_settings({}, {"VMCTLD_DATABASE_URL": url}, tmp_path)

    assert settings.database_url == url
    assert "canary" not in repr(settings)


def test_the_environment_beats_the_file_and_an_option_beats_both(tmp_path):
    (tmp_path / "config.toml").write_text('host = "file"\ndriver = "fake"\nlog_level = "debug"\n')

    settings = user_settings(
        {"host": "option", "log_level": None},
        {"VMCTLD_HOST": "environment", "VMCTLD_LOG_LEVEL": "error"},
        tmp_path,
    )

    assert (settings.host, settings.log_level, settings.driver) == ("option", "error", "fake")


def test_a_file_may_use_toml_types(tmp_path):
    (tmp_path / "config.toml").write_text(
        'fake_hosts = 20\nsync_full = true\nroles = ["api", "scheduler", "conductor", "compute"]\n'
    )

    settings = user_settings(state_dir=tmp_path)

    assert settings.fake_hosts == 20
    assert settings.sync_full is True
    assert len(settings.roles) == 4


def test_a_named_file_is_read_wherever_it_is(tmp_path):
    (tmp_path / "other.toml").write_text('host = "named"\n')

    settings = user_settings(environ={"VMCTLD_CONFIG": str(tmp_path / "other.toml")})

    assert settings.host == "named"


def test_an_empty_variable_counts_as_unset():
    assert user_settings(environ={"VMCTLD_DRIVER": ""}).driver == "qemu"


def test_services_that_are_elsewhere_are_named_with_their_endpoint():
    settings = user_settings(environ={"VMCTLD_IMAGE_ENDPOINT": "images.example:9292"})

    assert settings.endpoints == {"image": ("images.example:9292",)}


def test_an_unknown_setting_in_the_file_is_refused_with_the_nearest_name(tmp_path):
    (tmp_path / "config.toml").write_text('drivr = "fake"\n')

    with pytest.raises(InvalidRequest) as refused:
        user_settings(state_dir=tmp_path)

    assert "'drivr'" in refused.value.message
    assert refused.value.hint == "Did you mean driver?"


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("host = [[", "not TOML"),
        ("[driver]\nname = 1\n", "is a table"),
        ("enable_failpoints = true\n", "no setting 'enable_failpoints'"),
        ("fake_hosts = 0\n", "fake_hosts in"),
    ],
)
def test_a_wrong_file_is_refused_with_its_path(tmp_path, content, says):
    (tmp_path / "config.toml").write_text(content)

    with pytest.raises(InvalidRequest) as refused:
        user_settings(state_dir=tmp_path)

    assert says in refused.value.message
    assert str(tmp_path) in refused.value.message


def test_a_named_file_that_is_not_there_is_refused():
    with pytest.raises(InvalidRequest, match=r"--config: there is no file /nowhere/x\.toml"):
        user_settings({"config": "/nowhere/x.toml"})


def test_a_file_that_cannot_be_read_is_refused(tmp_path):
    (tmp_path / "config.toml").mkdir()

    with pytest.raises(InvalidRequest, match=r"cannot read .*config\.toml"):
        user_settings(state_dir=tmp_path)


def test_what_is_wrong_is_named_by_where_it_stands():
    with pytest.raises(InvalidRequest) as by_variable:
        user_settings(environ={"VMCTLD_BUILD_TIMEOUT_S": "soon"})
    with pytest.raises(InvalidRequest) as by_option:
        user_settings({"build_timeout_s": "soon"})

    assert by_variable.value.message == "VMCTLD_BUILD_TIMEOUT_S is 'soon', which cannot be"
    assert by_option.value.message == "--build-timeout-s is 'soon', which cannot be"
    assert by_option.value.hint == "Write a whole number from 1 to 86400."


def test_a_driver_that_is_still_to_come_is_not_supported():
    with pytest.raises(NotSupported, match="VMCTLD_DRIVER: 'libvirt' is not there yet"):
        user_settings(environ={"VMCTLD_DRIVER": "libvirt"})


def test_failpoints_are_enabled_by_option_alone():
    inherited = user_settings(environ={"VMCTLD_ENABLE_FAILPOINTS": "true"})
    asked_for = user_settings({"enable_failpoints": True})

    assert inherited.enable_failpoints is False
    assert asked_for.enable_failpoints is True


def test_a_password_is_taken_from_the_environment_and_never_from_the_command_line():
    settings = user_settings(
        {"admin_password": "from-argv"}, {"VMCTLD_ADMIN_PASSWORD": "from-environment"}
    )

    assert settings.admin_password == "from-environment"


@pytest.mark.parametrize(
    "secret",
    [
        {"VMCTLD_ADMIN_PASSWORD": "canary"},
        {"VMCTLD_DATABASE_URL": "postgresql://vmctl:canary@db/vmctl"},
        {"VMCTLD_BUS_URL": "amqp://vmctl:canary@mq/"},
    ],
)
def test_settings_can_be_shown_without_telling_a_secret(secret):
    assert "canary" not in repr(user_settings(environ=secret))


@pytest.mark.parametrize("name", ["VMCTLD_DATABASE_URL", "VMCTLD_BUS_URL"])
def test_a_wrong_url_is_refused_without_repeating_its_password(name):
    with pytest.raises(InvalidRequest) as refused:
        user_settings(environ={name: "mysql://vmctl:canary@db"})

    assert "canary" not in refused.value.message + refused.value.hint


def test_a_part_of_the_roles_refuses_a_bus_inside_the_process():
    with pytest.raises(InvalidRequest, match="without compute here, the bus"):
        user_settings(environ={"VMCTLD_ROLES": "api,scheduler,conductor"})


def test_a_part_of_the_roles_refuses_sqlite():
    split = {"VMCTLD_ROLES": "api,scheduler", "VMCTLD_BUS_URL": "amqp://mq/"}

    with pytest.raises(InvalidRequest, match="SQLite cannot be shared"):
        user_settings(environ=split)


def test_a_compute_host_needs_no_database_of_its_own():
    settings = user_settings(environ=A_COMPUTE_HOST)

    assert settings.roles == {"compute"}
    assert set(settings.endpoints) == {"identity", "image", "network", "volume"}


@pytest.mark.parametrize(
    ("roles", "missing", "says"),
    [
        ("compute", "VMCTLD_IDENTITY_ENDPOINT", "--identity-endpoint"),
        ("compute", "VMCTLD_CREDENTIALS_DIR", "--credentials-dir"),
        ("api", "VMCTLD_SERVICE_LISTEN", "--service-listen"),
    ],
)
def test_a_part_that_could_not_reach_the_others_is_refused(roles, missing, says):
    environ = {**A_COMPUTE_HOST, "VMCTLD_ROLES": roles}
    environ.update({"VMCTLD_DATABASE_URL": "postgresql://db/", "VMCTLD_SERVICE_LISTEN": "api:1"})
    del environ[missing]

    with pytest.raises(InvalidRequest) as refused:
        user_settings(environ=environ)

    assert says in refused.value.hint


def test_all_is_a_word_for_every_role():
    assert user_settings(environ={"VMCTLD_ROLES": "all"}).has_all_roles


def test_parts_of_the_daemon_reach_each_other_over_tls_alone():
    with pytest.raises(InvalidRequest, match="VMCTLD_SERVICE_LISTEN"):
        user_settings(environ={"VMCTLD_SERVICE_LISTEN": "unix:///run/x.sock"})


def test_a_port_without_tls_is_refused():
    with pytest.raises(InvalidRequest, match=r"0\.0\.0\.0:9696 needs TLS"):
        user_settings(environ={"VMCTLD_LISTEN": "unix:///run/a.sock, 0.0.0.0:9696"})


def test_a_certificate_without_its_key_is_refused():
    with pytest.raises(InvalidRequest, match="go together"):
        user_settings(environ={"VMCTLD_TLS_CERT": "/etc/vmctl/cert.pem"})


def test_every_setting_can_be_read_from_text():
    settings = user_settings()

    assert set(PARSERS) == set(settings.__slots__)
