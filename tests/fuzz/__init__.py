"""The fuzzer finds what it is for."""
