"""The office on a terminal, with Textual.

Nothing here is kept in modules or in the process: one process may show many
offices to many people, each an `app.OfficeApp` of its own.
"""
