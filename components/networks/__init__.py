"""The page of the networks: what each is made of, what its channels answer to, what it calls a picture."""
