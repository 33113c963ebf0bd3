"""What requests and answers look like: checked by the nodes, and described by them as OpenAPI and as a page."""
