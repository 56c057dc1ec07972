"""What a full cap answers: to a prompt, a tool batch, a request; the verdict and its words."""
