"""What a person brings: folders, tables and single files, what they hold, and what the person changed about it."""
