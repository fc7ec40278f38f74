// toml++ behind a C interface.
