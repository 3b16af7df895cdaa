"""Signing in: with a password, or with an invite for the first time."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final

from rich.text import Text
from textual import events, on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.screen import Screen
from textual.widgets import Input, Static
from textual.worker import Worker

from gathertui.errors import GathertuiError
from gathertui.protocol.text import clean_line
from gathertui.ui.entrance import Entrance, Entry
from gathertui.ui.keys import Hint
from gathertui.ui.look import Look
from gathertui.ui.screens.too_small import TOO_SMALL_CSS, TooSmall
from gathertui.ui.statuslines import write_keys
from gathertui.ui.widgets.drawn import Bar, Drawn

_NEWCOMER: Final = (
    "An invite is a code that lets you make an account. Ask who told you about the office; "
    "the first one is shown where the server was started."
)
_MEMBER: Final = "First time here? Press ^n: you need an invite."


_COLUMNS: Final = [(0, "-too-narrow"), (20, "-narrow"), (60, "-wide")]
_ROWS: Final = [(0, "-too-low"), (6, "-low"), (18, "-high")]


class Field(Input):
    """One line to fill in. A paste becomes one line, without anything that would act on the terminal."""

    def __init__(self, name: str, placeholder: str, *, password: bool = False) -> None:
        super().__init__(id=name, placeholder=placeholder, password=password, compact=True, select_on_focus=False)
        self.cursor_blink = False

    def _on_paste(self, event: events.Paste) -> None:
        event.stop()
        event.prevent_default()
        self.insert_text_at_cursor(clean_line(event.text))


class SignInScreen(Screen[None]):
    """Asks for what is needed, and posts `Entered` when somebody is in.

    `reason` is why the person is here, where they might wonder. With `resume` a
    kept sign-in is tried first.
    """

    HORIZONTAL_BREAKPOINTS = _COLUMNS
    VERTICAL_BREAKPOINTS = _ROWS

    CSS = (
        TOO_SMALL_CSS
        + """
    SignInScreen { background: $background; layout: vertical; align: center middle; }
    #form { width: 100%; height: 1fr; align: center middle; }
    #card { width: 64; max-width: 100%; height: auto; padding: 0 1; background: $panel; }
    SignInScreen.-high #card { padding: 1 3; }
    #title { text-style: bold; color: $foreground; }
    #mode { color: $dim; }
    SignInScreen.-high #mode { margin-bottom: 1; }
    .row { height: 1; }
    SignInScreen.-high .row { margin-bottom: 1; }
    .label { width: 10; color: $dim; }
    .row.-focused .label { color: $accent; text-style: bold; }
    Field, Field:focus { width: 1fr; background: $field; background-tint: transparent; padding: 0 1 !important; }
    Field > .input--placeholder { color: $dim; }
    #advice { color: $dim; max-height: 3; }
    #said { color: $dim; height: auto; max-height: 3; }
    #said.-wrong { color: $error; }
    SignInScreen.-low #advice.-crowded { display: none; }
    #invite-row { display: none; }
    SignInScreen.-newcomer #invite-row { display: block; }
    """
    )

    class Entered(Message):
        """Somebody is in the office."""

        def __init__(self, entry: Entry) -> None:
            super().__init__()
            self.entry = entry

    class Gone(Message):
        """The person doesn't want to come in."""

    def __init__(self, entrance: Entrance, look: Look, *, reason: str = "", resume: bool = False) -> None:
        super().__init__()
        self._entrance = entrance
        self._look = look
        self._reason = reason
        self._resume = resume
        self._newcomer = False
        self._worker: Worker[None] | None = None
        self._keys = Bar(look)

    def compose(self) -> ComposeResult:
        """A card with the fields, and the key line."""
        with Vertical(id="form"), Vertical(id="card"):
            yield Static(Text(f"{self._look.signs.office} gathertui"), id="title")
            yield Static(id="mode", markup=False)
            for name, placeholder in (
                ("server", "localhost:7766 or wss://office.example.org"),
                ("name", "how the others will know you"),
                ("password", ""),
                ("invite", "the code that you were given"),
            ):
                with Horizontal(classes="row", id=f"{name}-row"):
                    yield Static(name.capitalize(), classes="label", markup=False)
                    yield Field(name, placeholder, password=name == "password")
            yield Static(id="said", markup=False)
            yield Static(id="advice", markup=False)
        yield self._keys
        yield TooSmall()

    def on_mount(self) -> None:
        """Begin with what is known."""
        if not self.query(Input):
            return  # the app was told to end before the fields were there
        try:
            self._field("server").value = self._entrance.server()
        except GathertuiError as error:
            self._reason = str(error)
        self._show_mode()
        self.set_focus(self._field("name" if self._field("server").value else "server"))
        if self._resume:
            self._begin(self._resume_kept)
        else:
            self._say(self._reason, wrong=bool(self._reason))

    # ------------------------------------------------------------ keys

    def on_key(self, event: events.Key) -> None:
        """Keys beside those that edit."""
        match event.key:
            case "down" | "up":
                event.stop()
                self._move(1 if event.key == "down" else -1)
            case "ctrl+n":
                event.stop()
                self._newcomer = not self._newcomer
                self._show_mode()
            case "escape":
                event.stop()
                self._step_back()

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """Mark the row in which the cursor is."""
        for row in self.query(".row"):
            row.set_class(event.widget in row.children, "-focused")

    def _step_back(self) -> None:
        if self._worker is not None:
            self._worker.cancel()
            self._end("Stopped. Press Enter to try again.")
        else:
            self.post_message(self.Gone())

    @on(Input.Submitted)
    def _submit(self, event: Input.Submitted) -> None:
        """Enter goes to the first field that is empty, and from a full form to the office."""
        event.stop()
        if self._worker is not None:
            return
        missing = next((name for name in self._fields if not self._value(name)), None)
        if missing is None:
            self._begin(self._sign_in)
            return
        if missing == event.input.id or self._fields.index(missing) < self._fields.index(event.input.id or ""):
            self._say(f"{_ASKS[missing]}", wrong=True)
        self.set_focus(self._field(missing))

    def _move(self, by: int) -> None:
        focused = self.focused.id if self.focused is not None else None
        fields = self._fields
        if focused in fields:
            self.set_focus(self._field(fields[(fields.index(focused) + by) % len(fields)]))

    # ------------------------------------------------------------ coming in

    def _begin(self, attempt: Callable[[], Awaitable[None]]) -> None:
        where = self._value("server") or "the office"
        self._say(f"Connecting to {where}" + ("..." if self._look.ascii_only else "…"))
        self._worker = self.run_worker(self._try(attempt), exclusive=True)
        self._show_keys()

    async def _try(self, attempt: Callable[[], Awaitable[None]]) -> None:
        try:
            await attempt()
        except GathertuiError as error:
            self._end(str(error), wrong=True)

    def _end(self, text: str, *, wrong: bool = False) -> None:
        self._worker = None
        self._say(text, wrong=wrong)
        self._show_keys()

    async def _resume_kept(self) -> None:
        entry = await self._entrance.resume()
        if entry is None:
            self._end(self._reason, wrong=bool(self._reason))
        else:
            self.post_message(self.Entered(entry))

    async def _sign_in(self) -> None:
        server, name, password = self._value("server"), self._value("name"), self._field("password").value
        if self._newcomer:
            entry = await self._entrance.sign_up(server, name, password, self._value("invite"))
        else:
            entry = await self._entrance.log_in(server, name, password)
        self.post_message(self.Entered(entry))

    # ------------------------------------------------------------ showing

    def set_look(self, look: Look) -> None:
        """Use other colours."""
        self._look = look
        for drawn in self.query(Drawn):
            drawn.look = look
        self._show_keys()

    @property
    def _fields(self) -> list[str]:
        return ["server", "name", "password", *(["invite"] if self._newcomer else [])]

    def _field(self, name: str) -> Field:
        return self.query_one(f"#{name}", Field)

    def _value(self, name: str) -> str:
        value = self._field(name).value
        return value if name == "password" else value.strip()

    def _show_mode(self) -> None:
        self.set_class(self._newcomer, "-newcomer")
        self.query_one("#mode", Static).update(Text("Sign up: your first time here" if self._newcomer else "Log in"))
        self.query_one("#advice", Static).update(Text(_NEWCOMER if self._newcomer else _MEMBER))
        if not self._newcomer and self.focused is self._field("invite"):
            self.set_focus(self._field("name"))
        self._show_keys()

    def _say(self, text: str, *, wrong: bool = False) -> None:
        said = self.query_one("#said", Static)
        said.update(Text(text))
        said.set_class(wrong, "-wrong")
        self.query_one("#advice", Static).set_class(bool(text), "-crowded")

    def _show_keys(self) -> None:
        if self._worker is not None:
            hints = [Hint("Esc", "stop")]
        else:
            other = "log in" if self._newcomer else "sign up"
            hints = [Hint("Enter", "go on"), Hint("^n", other), Hint("Tab", "next"), Hint("Esc", "leave")]
        self._keys.show(write_keys(self._look, hints, max(20, self.app.size.width)))


_ASKS: Final = {
    "server": "Which office? Write its address.",
    "name": "What is your name here?",
    "password": "Your password is missing.",
    "invite": "An invite is missing: ask somebody in the office for one.",
}
