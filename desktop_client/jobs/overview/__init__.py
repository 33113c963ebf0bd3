"""Everything at a glance: what there is, what runs, what waits, and how busy the nodes are."""
