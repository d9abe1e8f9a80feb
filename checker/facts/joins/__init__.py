"""The joins that subjects attach, one file each."""
