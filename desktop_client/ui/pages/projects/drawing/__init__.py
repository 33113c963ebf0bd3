"""What the wizard draws: a network, a balance of classes, what hiding does, who must not work together."""
