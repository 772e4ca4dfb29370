"""The embedded servers, one module each with the same function: `prepare(data_dir, ...)` gives a URL and the program to start."""
