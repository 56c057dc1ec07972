"""What `cheaproute doctor` looks at: each check yields findings."""
