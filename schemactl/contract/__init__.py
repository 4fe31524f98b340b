"""The contract between workflows and engines. tests/contract is its specification in full."""
