"""Parts of the steps that are more than a field: costs, what is signed, layers, the network, small pictures."""
