"""The parts of the screens. Those that change while people walk are drawn line by line, without any layout."""
