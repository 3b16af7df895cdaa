"""Every command in the README and the guides works as written.

What differs from the page is only what must: addresses, codes and folders are
those of this test, servers listen on a free port of loopback, and passwords come
by standard input instead of from a keyboard.
"""

from __future__ import annotations

import json
import re
import shlex
import signal
import subprocess
import time
import urllib.request
from pathlib import Path

import cv2
import numpy as np
import pytest

from gathertui.testing.camera import SyntheticCamera

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
PASSWORD = "a long password\n"

# What is run by other means: the project's own verbs by the continuous integration, the screen by tests/terminal.
ELSEWHERE = {"make demo", "make test", "make install", "gathertui", "gathertui demo", "gathertui mirror"}


def commands(page: Path) -> list[str]:
    """The lines of a page's shell blocks, without comments and in order."""
    blocks = re.findall(r"^```sh\n(.*?)^```", page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    lines = [line for block in blocks for line in block.replace("\\\n", " ").splitlines()]
    return [stripped for line in lines if (stripped := re.sub(r"\s+#.*", "", line).strip())]


def test_the_makefile_has_the_verbs_that_the_pages_name() -> None:
    for page in PAGES:
        for command in commands(page):
            if command.startswith("make "):
                subprocess.run(["make", "-n", *command.split()[1:]], cwd=ROOT, check=True, capture_output=True)


def draw_picture(path: Path) -> None:
    """A portrait."""
    assert cv2.imwrite(str(path), SyntheticCamera(1).frame(0)[:, :, ::-1])


def draw_video(path: Path) -> None:
    """Half a second of somebody who talks."""
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"mp4v"), 16, (320, 240))
    camera = SyntheticCamera(1)
    for number in range(8):
        writer.write(np.ascontiguousarray(camera.frame(number / 16)[:, :, ::-1]))
    writer.release()


# The files that the pages name.
PICTURES = {"photo.jpg": draw_picture, "clip.mp4": draw_video}


class Reader:
    """Somebody who follows a page to the letter, on a machine of their own."""

    def __init__(self, office, tmp_path: Path, first_line) -> None:
        self.first_line = first_line
        self.office = office
        self.home = tmp_path
        self.servers = 0
        self.codes = [office.owner_code_for_reader, office.invite]

    def follow(self, command: str) -> None:
        if command in ELSEWHERE or command.startswith(("export ", "make ")):
            return
        if "openssl " in command:
            subprocess.run(command, shell=True, cwd=self.home, check=True)
            return
        words = shlex.split(command.replace("~", str(self.home)))
        assert words[0] == "gathertui", f"no test knows how to run {command!r}"
        if words[1:2] == ["serve"]:
            self._serve(words[1:])
        elif words[1:2] == ["tail"]:
            self._tail(words[1:])
        elif words[1:2] == ["render"]:
            self._render(words[1:])
        elif words[1:2] == ["--server"]:
            self._ask_for_help(words[1:])
        else:
            self._run(words[1:])

    def _run(self, words: list[str]) -> None:
        stdin = ""
        words = [self.office.url if re.match("wss?://", word) else word for word in words]
        if "--invite" in words:
            words[words.index("--invite") + 1] = self.codes.pop(0)
        if words[0] in ("signup", "login"):
            words.append("--password-stdin")
            stdin = PASSWORD
        if "--data-dir" in words:
            words[words.index("--data-dir") + 1] = str(self.office.data_dir)
        done = self.person.run(*words, stdin=stdin)
        assert done.returncode == 0, f"{words}: {done.stderr}"

    @property
    def person(self):
        return self.office.reader

    def _ask_for_help(self, words: list[str]) -> None:
        """The screen itself needs a terminal; that its options are spelt right is seen without."""
        assert self.person.run(*words, "--help").returncode == 0

    def _serve(self, words: list[str]) -> None:
        """Start the server as the page says, see that it accepts, and stop it."""
        self.servers += 1
        folder = self.home / f"serve{self.servers}"
        folder.mkdir()
        ready = folder / "ready.json"
        for option, value in (("--host", "127.0.0.1"), ("--data-dir", str(folder / "data")), ("--port", "0")):
            if option in words:
                words[words.index(option) + 1] = value
            else:
                words += [option, value]
        for option in ("--tls-cert", "--tls-key"):
            if option in words:
                words[words.index(option) + 1] = str(self.certificate()[option])
        if "--turn-secret-file" in words:
            place = words.index("--turn-secret-file") + 1
            words[place] = str(self.home / words[place])
        if "--metrics-listen" in words:
            words[words.index("--metrics-listen") + 1] = "0"
        process = self.person.start(*words, "--ready-file", str(ready))
        try:
            deadline = time.monotonic() + 60
            while not ready.exists():
                assert process.poll() is None, process.communicate()[1]
                assert time.monotonic() < deadline
                time.sleep(0.02)
            self._visit(json.loads(ready.read_text()))
        finally:
            process.send_signal(signal.SIGTERM)
            process.communicate(timeout=30)
        assert process.returncode == 0

    def _visit(self, server: dict[str, str]) -> None:
        """See that what the server says of itself is so."""
        assert server["url"]
        if "metrics_url" in server:
            with urllib.request.urlopen(server["metrics_url"], timeout=10) as page:
                assert b"gathertui_room_avatars" in page.read()

    def _render(self, words: list[str]) -> None:
        """Draw a picture or a video of that name, and see that something comes out."""
        words = words[: words.index(">")] if ">" in words else words
        words = [str(self.home / word) if word in PICTURES else word for word in words]
        for name, make in PICTURES.items():
            if not (self.home / name).exists():
                make(self.home / name)
        done = self.person.run(*words)
        assert done.returncode == 0, f"{words}: {done.stderr}"
        assert done.stdout.strip(), words

    def certificate(self) -> dict[str, Path]:
        files = {"--tls-cert": self.home / "cert.pem", "--tls-key": self.home / "key.pem"}
        if not files["--tls-cert"].exists():
            target = ["-keyout", files["--tls-key"], "-out", files["--tls-cert"]]
            options = ["-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1"]
            subprocess.run([self.office.openssl, "req", *options, *target], check=True, capture_output=True)
        return files

    def _tail(self, words: list[str]) -> None:
        process = self.person.start(*words)
        assert self.first_line(process, lambda number: self.person.run("say", "general", f"line {number}"))
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=30)
        assert errors == ""


@pytest.mark.slow
@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_the_commands_of_a_page_work(
    page: Path, office_process, somebody, tmp_path, require_program, first_line
) -> None:
    if not commands(page):
        return
    made = office_process.owner.run("admin", "owner-code", "--data-dir", str(office_process.data_dir))
    office_process.owner_code_for_reader = made.stdout.strip()
    office_process.openssl = require_program("openssl")
    office_process.reader = somebody(office_process.url)
    reader = Reader(office_process, tmp_path, first_line)
    for command in commands(page):
        reader.follow(command)
