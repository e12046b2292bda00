# Unit tests of the host's side; the agent's and the virtual GPU's are with them.
