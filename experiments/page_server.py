"""The page's server: a process of its own, set up by its environment, ended with its starter."""

import os
import secrets
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from importlib.resources import files
from types import TracebackType

from model.terms import InputError

LOCAL = ("127.0.0.1", "localhost", "::1")
START_S = 180.0
END_S = 5.0
# The page needs nothing from outside: scripts and fonts lie in installed packages.
QUIET = {
    "PYTHONWARNINGS": "ignore:Cookies with samesite",  # said of every page without https
    "SOLARA_ASSETS_CDN": "http://127.0.0.1:9",  # what is not installed is not fetched either
    "SOLARA_KERNEL_CULL_TIMEOUT": "5m",
    "SOLARA_TELEMETRY_MIXPANEL_ENABLE": "false",
}


class PageServer:
    """Starts on entering, answers when it is entered, ends on leaving.

    Raises InputError if the port is taken or the server does not come up.
    """

    def __init__(
        self,
        region: str,
        host: str,
        port: int,
        language: str,
        password: str | None,
        visitors: int,
        residents: int,
    ) -> None:
        self._port = _bound(host, port)
        self.host, self.port = host, int(self._port.getsockname()[1])
        self.open_to_others = host not in LOCAL
        if password is None and self.open_to_others:
            password = secrets.token_hex(4)
        self.password = password or ""
        self._environment = {
            "FENJI_UI_REGION": region,
            "FENJI_UI_LANG": language,
            "FENJI_UI_PASSWORD": self.password,
            "FENJI_UI_VISITORS": str(visitors),
            "FENJI_UI_RESIDENTS": str(residents),
            "FENJI_UI_ADDRESS": self.address(),
        }
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> "PageServer":
        if sys.platform != "linux":
            self._port.close()
        page = str(files("visualization") / "app.py")
        command = [sys.executable, "-m", "solara", "run", page, "--production", "--no-open"]
        command += ["--host", self.host, "--port", str(self.port), "--log-level", "warning"]
        self._process = subprocess.Popen(
            command,
            env={**os.environ, **QUIET, **self._environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
        )
        signal.signal(signal.SIGTERM, _leave)
        try:
            self._await_ready()
        except BaseException:
            self._end()
            raise
        finally:
            self._port.close()
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self._end()

    def wait(self) -> int:
        """Wait until the server ends, by itself or by Ctrl-C; its exit code."""
        assert self._process is not None
        try:
            return self._process.wait()
        except KeyboardInterrupt:
            return 0

    def address(self) -> str:
        """Where the page is, as others on the network see it if they may."""
        return f"http://{_own_address() if self.host == '0.0.0.0' else self.host}:{self.port}/"

    def greeting(self) -> list[str]:
        """What the command says once the page answers."""
        lines = [f"The page: {self.address()}  (Ctrl-C ends it)"]
        if self.password:
            lines.append(f"For the teacher: {self.address()}?teacher  password: {self.password}")
        return lines

    def _await_ready(self) -> None:
        assert self._process is not None
        until = time.monotonic() + START_S
        host = "127.0.0.1" if self.host == "0.0.0.0" else self.host
        while time.monotonic() < until:
            if self._process.poll() is not None:
                raise InputError(f"the page's server ended with code {self._process.returncode}")
            try:
                with urllib.request.urlopen(f"http://{host}:{self.port}/readyz", timeout=2):
                    pass
                # The first request loads the page's code, so that no visitor waits for it.
                with urllib.request.urlopen(f"http://{host}:{self.port}/", timeout=START_S):
                    return
            except (urllib.error.URLError, OSError):
                time.sleep(0.1)
        raise InputError(f"the page's server did not answer in {START_S:g} seconds")

    def _end(self) -> None:
        assert self._process is not None
        self._process.terminate()
        try:
            self._process.wait(END_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def _leave(_signal: int, _frame: object) -> None:
    """End in good order when told to, so that the server is not left behind."""
    raise SystemExit(128 + signal.SIGTERM)


def _bound(host: str, port: int) -> socket.socket:
    """A socket that holds the port until the server has it.

    It does not listen, so that on Linux the server can listen there while no other program is given
    the port; elsewhere it must be closed first.
    """
    holder = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    try:
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        holder.bind((host, port))
        return holder
    except OSError as error:
        holder.close()
        raise InputError(
            f"cannot listen on {host}, port {port} ({error.strerror})", allowed="--port 0 finds one"
        ) from error


def _own_address() -> str:
    """Address of this machine on its network; nothing is sent to find it."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
            return str(probe.getsockname()[0])
        except OSError:
            return "127.0.0.1"
