"""The tab on which a training is steered and watched."""
