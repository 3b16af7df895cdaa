"""The office as a program sees it: `office.OfficeClient` is the only door for the UI, the commands and bots."""
