"""The old recipe: easy_install puts an egg beside the old one, and the running program takes it with reload_module."""
