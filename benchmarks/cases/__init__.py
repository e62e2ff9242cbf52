"""What is compared with whom; each module offers `cases(setting)`."""
