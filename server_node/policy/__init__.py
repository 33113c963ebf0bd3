"""What the operator of this server allows, whatever a project wants."""
