"""Sound and picture as the UI, the commands and bots see them: `port.Media`, in `OfficeClient.media`."""
