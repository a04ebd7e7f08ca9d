"""The names by which an installation is found: kept apart so that a command can look without loading anything."""

FILE_NAME = "guildmark.toml"
"""The settings file in an installation's home directory."""

HOME_VARIABLE = "GUILDMARK_HOME"
"""The environment variable that names the home directory; read by the command line."""

DEFAULT_HOME = "guildmark-home"
"""The home directory where no other is named, below the working directory."""
