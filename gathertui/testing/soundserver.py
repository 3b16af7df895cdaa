"""A sound server without a sound card: what is played comes out of its microphone."""

from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path
from typing import Final

READY_SECONDS: Final = 20.0


class SoundServer:
    """PulseAudio with a null sink, whose monitor is the default microphone. Nobody else's is touched.

    `folder` should have a short path: a socket lies in it. Programs that are run
    with `environment` find it as ALSA's, and so PortAudio's, default device; that
    takes the Debian packages pulseaudio, pulseaudio-utils and libasound2-plugins.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o700)
        self._socket = folder / "native"
        self._log = folder / "pulseaudio.log"
        self._process: subprocess.Popen[bytes] | None = None
        (folder / ".asoundrc").write_text("pcm.!default { type pulse }\nctl.!default { type pulse }\n")
        self.environment: dict[str, str] = {
            **os.environ,
            "HOME": str(folder),
            "XDG_CONFIG_HOME": str(folder / "config"),
            "XDG_RUNTIME_DIR": str(folder),
            "PULSE_RUNTIME_PATH": str(folder),
            "PULSE_SERVER": f"unix:{self._socket}",
            "DBUS_SESSION_BUS_ADDRESS": f"unix:path={folder / 'no-bus'}",
        }

    def start(self) -> None:
        """Start it, and wait until it answers. Raises RuntimeError, with what it wrote, when it doesn't."""
        self._socket.unlink(missing_ok=True)
        command = ["pulseaudio", "-n", "--daemonize=no", "--system=no", "--use-pid-file=no", "--exit-idle-time=-1"]
        for module in (
            f"module-native-protocol-unix socket={self._socket} auth-anonymous=1",
            "module-null-sink sink_name=room rate=48000",
        ):
            command += ["-L", module]
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(command, env=self.environment, stdout=log, stderr=log)
        until = time.monotonic() + READY_SECONDS
        while not self._choose_microphone():
            if time.monotonic() > until or self._process.poll() is not None:
                self.stop()
                raise RuntimeError(f"PulseAudio doesn't start: {self._log.read_text(errors='replace')}")
            time.sleep(0.02)

    def stop(self) -> None:
        """Stop it at once, as a crash would."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def _choose_microphone(self) -> bool:
        command = ["pactl", "set-default-source", "room.monitor"]
        done = subprocess.run(command, env=self.environment, capture_output=True, timeout=READY_SECONDS, check=False)
        return done.returncode == 0
